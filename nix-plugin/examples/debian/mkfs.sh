# Builder of store paths with what makes file systems: the commands $commands, with the libraries that they are linked with.
mkdir root
for deb in "$packages"/*.deb; do
    dpkg-deb -x "$deb" root
done

mkdir -p "$out/bin" "$out/lib" "$out/libexec"
for folder in root/lib/x86_64-linux-gnu root/usr/lib/x86_64-linux-gnu; do
    cp -a "$folder"/*.so* "$out/lib/"
done

# Debian's binaries look for their loader and their libraries in /lib, which a sandbox has not.
for command in $commands; do
    for folder in root/sbin root/usr/bin; do
        [ ! -e "$folder/$command" ] || cp -L "$folder/$command" "$out/libexec/"
    done
    cat >"$out/bin/$command" <<END
#!$busybox/bin/busybox sh
exec $out/lib/ld-linux-x86-64.so.2 --library-path $out/lib $out/libexec/$command "\$@"
END
    chmod 0555 "$out/bin/$command"
done
