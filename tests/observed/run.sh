#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs Debian's kernel of a release in an emulated machine, kills processes in it while the function tracer is
# on, and writes which function was called from where. What is observed how is told in README.md.
# usage: run.sh EXITWALK GUEST DIRECTORY RELEASE; GUEST is the program observed_guest
#
#	EW_OBSERVED_INDEX  the index of the core of the release (default: DIRECTORY/RELEASE-core.sqlite, made anew)
#	EW_OBSERVED_KEEP   if set, what DIRECTORY has of an earlier run is used: packages, disassembly, observed addresses
#
# Wants qemu-system-x86_64, cpio, objdump and llvm-symbolizer-19; the packages linux-image and linux-image-dbg
# (300 MB) are downloaded, not installed. RELEASE.tsv beside this file is written; other files stay in DIRECTORY.
exitwalk=${1:?usage: run.sh EXITWALK GUEST DIRECTORY RELEASE} guest=${2:?} release=${4:?}
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$3/$release" || exit 2
directory=$(cd "$3/$release" && pwd)
LC_ALL=C
export LC_ALL

fail() {
	echo "run.sh: $*" >&2
	exit 2
}

for tool in qemu-system-x86_64 cpio objdump llvm-symbolizer-19; do
	command -v $tool >/dev/null || fail "no $tool (apt-get install qemu-system-x86 cpio binutils llvm-19)"
done
version=$(dpkg-query -W -f '${Version}' "linux-source-$release") || fail "no linux-source-$release is installed"

# The image of the configuration that is indexed, and of the very version.
find_image() {
	names=$(apt-cache search --names-only "^linux-image-$release[.].*-cloud-amd64\$" | cut -d' ' -f1)
	apt-cache madison $names | awk -F ' *[|] *' -v v="$version" '$2 == v { sub(/^ */, "", $1); print $1; exit }'
}

fetch() (
	cd "$directory" || exit 2
	rm -f ./*.deb vmlinux-* vmlinuz-*
	apt-get download "$image" "$image-dbg" || exit 2
	for deb in ./*.deb; do
		dpkg-deb --fsys-tarfile "$deb" |
			tar -x --wildcards --transform 's,.*/,,' './boot/vmlinuz-*' './usr/lib/debug/boot/vmlinux-*' 2>/dev/null
	done
	[ -f vmlinuz-* ] && [ -f vmlinux-* ]
)

# Without address randomisation, so that addresses are those of the image.
emulate() (
	cd "$directory" || exit 2
	rm -rf root && mkdir root && cp "$guest" root/init || exit 2
	(cd root && find . | cpio -o -H newc --quiet) | gzip -1 >initrd.gz
	timeout 1800 qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 2 -m 1024 -nodefaults -no-reboot \
		-display none -serial file:console.log -serial file:serial -kernel vmlinuz-* -initrd initrd.gz \
		-append "console=ttyS0 quiet panic=-1 nokaslr tsc=reliable mitigations=off"
	tr -d "\r" <serial >pairs
	tail -n 1 pairs | grep -qx end
)

# Addresses become names, and what the compiler inlined.
name() (
	cd "$directory" || exit 2
	objdump -d --no-show-raw-insn vmlinux-* | awk -f "$here/code.awk" pairs - >code || exit 2
	{
		awk '$1 == "pair" { print "0x" $2 }' pairs
		awk '$1 == "return" { print "0x" $3; next } { print "0x" $2 } $3 && $3 != "*" { print "0x" $3 }' code
	} | sort -u | llvm-symbolizer-19 --functions=short -i --verbose -a -e vmlinux-* >symbols || exit 2
	awk -f "$here/join.awk" symbols code pairs | sort >calls
)

write() {
	lost=$(sed -n 's/^lost //p' "$directory/pairs")
	cat <<END
# What a running kernel called while it ended killed processes, a call site a row; see README.md.
# release: $release
# image: $image $version
# kernel: $(sed -n 's/^kernel //p' "$directory/pairs")
# made: $(date -u +%F), by run.sh, in $(qemu-system-x86_64 --version | head -n 1), $lost events lost
# killed: $(grep -c ' killed' "$directory/console.log") processes (the guest's table victims)
# observed: $(grep -c '^pair' "$directory/pairs") pairs of addresses, $(wc -l <"$directory/calls") calls
# Below are those between functions of the scope core.
END
	printf 'caller\tfile\tinlined\tsite\thow\tjumps\tcallee\tcallee_file\tcount\n'
	awk -v reduce=1 -v release="$release" -f "$here/check.awk" "$here/remainder.tsv" "$directory/edges" "$directory/calls"
}

image=$(find_image)
[ -n "$image" ] || fail "no linux-image of version $version is offered (apt-get update; another linux-source-$release?)"
index=${EW_OBSERVED_INDEX:-$directory/../$release-core.sqlite}
if [ -z "${EW_OBSERVED_INDEX-}" ]; then
	"$exitwalk" index "$release" --config debian --scope core --index "$index"
	case $? in 0 | 4) ;; *) exit 2 ;; esac
fi
[ -n "${EW_OBSERVED_KEEP-}" ] && [ -f "$directory"/vmlinux-* ] || fetch || fail "$image cannot be fetched"
[ -n "${EW_OBSERVED_KEEP-}" ] && [ -f "$directory/pairs" ] || emulate || fail "the guest did not end: $directory/console.log"
[ -n "${EW_OBSERVED_KEEP-}" ] && [ -f "$directory/calls" ] || name || exit 2
"$exitwalk" --index "$index" dump edges >"$directory/edges" || exit 2
write >"$here/$release.tsv.new" && mv "$here/$release.tsv.new" "$here/$release.tsv"
awk -v release="$release" -f "$here/check.awk" "$here/remainder.tsv" "$directory/edges" "$here/$release.tsv"
