# Builder of the store path `nix`: Nix's commands, with the libraries that they are linked with.
mkdir root
for deb in "$packages"/*.deb; do
    dpkg-deb -x "$deb" root
done

mkdir -p "$out/bin" "$out/lib" "$out/libexec"
mv root/usr/bin/nix "$out/libexec/nix"
for folder in root/lib/x86_64-linux-gnu root/usr/lib/x86_64-linux-gnu root/usr/lib/nix; do
    cp -a "$folder"/*.so* "$out/lib/"
done

# Debian's binaries look for their loader and their libraries in /lib, which the store has not; and one program is all of the
# commands, by the name that it is called by.
for command in nix nix-build nix-channel nix-collect-garbage nix-copy-closure nix-daemon nix-env nix-hash nix-instantiate \
    nix-store; do
    cat >"$out/bin/$command" <<END
#!$busybox/bin/busybox sh
exec $out/lib/ld-linux-x86-64.so.2 --library-path $out/lib --argv0 $command $out/libexec/nix "\$@"
END
    chmod 0555 "$out/bin/$command"
done
