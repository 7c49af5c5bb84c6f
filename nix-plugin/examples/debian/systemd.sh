# Builder of the store path `systemd`: merges $packages/*.deb into $out/{bin,sbin,lib,lib64,share,etc}.
mkdir root
for deb in "$packages"/*.deb; do
    dpkg-deb -x "$deb" root
done

# The packages still spread over / and /usr; one tree holds both, as on a merged system.
mkdir "$out"
for name in bin sbin lib lib64 share libexec; do
    mkdir "$out/$name"
    for part in "root/$name" "root/usr/$name"; do
        [ ! -d "$part" ] || cp -a "$part/." "$out/$name/"
    done
done
cp -a root/etc "$out/etc"
rm -r "$out"/share/doc "$out"/share/man "$out"/share/info "$out"/share/locale "$out"/lib/x86_64-linux-gnu/gconv
# System V leftovers, and units that only installing a package would have made work.
rm -rf "$out"/etc/init.d "$out"/etc/rc?.d "$out"/share/lintian "$out"/share/bug
