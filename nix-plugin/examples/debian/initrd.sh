# Builder of the store path `initrd`: busybox, the modules of a virtio disk and of file systems that the kernel itself has not,
# and `init`, packed for the kernel.
mkdir -p root/bin root/dev root/proc root/sys root/mnt root/modules "$out"
cp "$busybox/bin/busybox" root/bin/
for applet in cat findfs insmod mount poweroff sh sleep switch_root umount; do
    ln -s busybox "root/bin/$applet"
done

# In the order in which they need each other.
disk="virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_blk"
for module in $disk fat vfat nls_cp437 nls_ascii libcrc32c erofs; do
    find "$linux/lib/modules" -name "$module.ko" -exec cp {} root/modules/ \;
    echo "$module.ko" >>root/modules/order
done

cp "$init" root/init
chmod 0555 root/init
cd root
find . -exec touch -h -d @1 {} +
find . | sort | cpio -o -H newc -R 0:0 | gzip -9 >"$out/initrd"
