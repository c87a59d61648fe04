# SPDX-License-Identifier: GPL-3.0-or-later
# For scripts that ask an index of more than the scope lesson; read in with ".". Gives $index, $work, a directory that goes
# when the script ends, and $tab.
index=$directory/$release-${EW_KERNEL_SCOPE:-core}.sqlite
[ -f "$index" ] || { echo "skipped: no index of $release was made"; exit 77; }
[ "${EW_KERNEL_SCOPE:-core}" = lesson ] && { echo "skipped: the table is of more than the scope lesson"; exit 77; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
tab=$(printf '\t')
