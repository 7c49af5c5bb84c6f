# Builder of the store path `linux`: the kernel and its modules.
mkdir root
for deb in "$packages"/*.deb; do
    dpkg-deb -x "$deb" root
done
mkdir "$out"
mv root/boot/vmlinuz-* "$out/bzImage"
mv root/boot/config-* "$out/config"
mv root/lib "$out/lib"
