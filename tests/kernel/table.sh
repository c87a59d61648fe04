# SPDX-License-Identifier: GPL-3.0-or-later
# For scripts that hold an index of the scope core to a $table made by reading one version; read in with "."
# Gives $index, and $lines: 1 where the index is of that version, so that the lines of sites hold; 0 elsewhere.
scope=${EW_KERNEL_SCOPE:-core}
index=$directory/$release-$scope.sqlite
[ "$scope" = core ] || { echo "skipped: the table is of the scope core, not $scope"; exit 77; }
[ -f "$index" ] || { echo "skipped: no index of $release was made"; exit 77; }
read_version=$(sed -n '1s/.*linux-source-[0-9.]* \([0-9][0-9.]*[0-9]\).*/\1/p' "$table")
version=$(dpkg-query -W -f '${Version}' "linux-source-$release" | sed 's/-.*//')
[ "$version" = "$read_version" ] && lines=1 || lines=0
