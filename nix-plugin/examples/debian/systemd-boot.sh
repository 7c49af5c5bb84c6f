# Builder of the store path `systemd-boot`: the boot loader alone.
mkdir root "$out"
for deb in "$packages"/*.deb; do
    dpkg-deb -x "$deb" root
done
mv root/usr/lib "$out/lib"
