# Stands for the public Python image where no registry can be reached: Debian's Python, which finds
# its programs under the same names, with a pip that can be uninstalled.
FROM scratch
ADD rootfs.tar /
ENV PATH=/usr/local/python/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
