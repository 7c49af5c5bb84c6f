# Builder of the store path `grub`: what makes images and checks menus, with the libraries that it is linked with, and the
# platforms that images are made for.
mkdir root
for deb in "$packages"/*.deb; do
    dpkg-deb -x "$deb" root
done

mkdir -p "$out/bin" "$out/lib/grub" "$out/libexec"
mv root/usr/lib/grub/i386-pc root/usr/lib/grub/x86_64-efi "$out/lib/grub/"
mv root/usr/bin/grub-mkimage root/usr/bin/grub-script-check "$out/libexec/"
for folder in root/lib/x86_64-linux-gnu root/usr/lib/x86_64-linux-gnu; do
    cp -a "$folder"/*.so* "$out/lib/"
done

# Debian's binaries look for their loader and their libraries in /lib, which a sandbox has not.
for tool in "$out"/libexec/*; do
    cat >"$out/bin/${tool##*/}" <<END
#!$busybox/bin/busybox sh
exec $out/lib/ld-linux-x86-64.so.2 --library-path $out/lib $tool "\$@"
END
    chmod 0555 "$out/bin/${tool##*/}"
done
