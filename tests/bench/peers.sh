#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# exitwalk against its peers, on the same tree, files and commands, one after the other; and how its cost
# grows. A target, not a test: hours on a machine that does nothing else (`cmake --build --preset dev
# --target bench-peers`). tests/README.md says how long each part takes, and how to read it.
# usage: peers.sh BUILD CLANG; BUILD holds the programs, and takes the results in BUILD/bench
#
#	EW_PEERS_PARTS	some of: build ask grow (default: all)
#	EW_PEERS_SETS	sets of units: bench, whole, or a directory of the tree (default: bench whole)
#	EW_PEERS	some of: clang cscope gtags ctags clangd ccls (default: all)
#	EW_PEERS_REPEAT	rounds of build (default 3); every other one goes in reverse
#	EW_PEERS_REPEAT_SLOW	rounds of those that parse the whole set: clang, clangd, ccls on whole (default 1)
#	EW_PEERS_RUNS	how often a question is asked, cold and warm by turns (default 30)
#	EW_PEERS_GROW	numbers of units of which to plot the cost (default: 50 250 1000 all)
#	EW_PEERS_GROW_CLANG	clang -fsyntax-only goes along up to so many units (default 250)
#	EW_PEERS_LIMIT	seconds after which a build is given up, and said to be (default 7200)
#	EW_PEERS_JOBS	workers of those that can have several (default: one a processor)
#	EW_PEERS_TREE, EW_PEERS_CONFIG	(default 6.1, defconfig)
#	EW_PEERS_WORK	where the databases are made; commands and file lists stay there, so delete it where the tree
#			changed under its name (default BUILD/bench/peers)
#
# Each result is appended to BUILD/bench/peers.tsv when it is there, whatever becomes of the next.
build=$(cd "${1:?usage: peers.sh BUILD CLANG}" && pwd) || exit 2
clang=${2:?usage: peers.sh BUILD CLANG}
here=$(cd "$(dirname "$0")" && pwd) || exit 2
sets=${EW_PEERS_SETS:-bench whole} peers=${EW_PEERS:-clang cscope gtags ctags clangd ccls}
# shellcheck disable=SC2034 # runs: in peers-ask.sh
repeat=${EW_PEERS_REPEAT:-3} repeat_slow=${EW_PEERS_REPEAT_SLOW:-1} runs=${EW_PEERS_RUNS:-30}
limit=${EW_PEERS_LIMIT:-7200} jobs=${EW_PEERS_JOBS:-$(nproc)}
tree=${EW_PEERS_TREE:-6.1} config=${EW_PEERS_CONFIG:-defconfig}
work=${EW_PEERS_WORK:-$build/bench/peers} tsv=$build/bench/peers.tsv
# shellcheck disable=SC2034 # in eval
peer=$build/tests/bench_peer indexer=$build/exitwalk-index
mkdir -p "$work" "$build/bench" || exit 2
work=$(cd "$work" && pwd) || exit 2

kernel=$(echo "$tree-$config" | tr / -)

now() { date -u +%Y-%m-%dT%H:%M:%SZ; }
started=$(now)

# ---- results ------------------------------------------------------------------------------------

# row PART SET TOOL ROUND WHAT WALL CPU MIB DISK STATUS NOTE
row() {
	(
		IFS='	'
		[ -s "$tsv" ] || echo "time	run	part	set	tool	round	what	wall_s	cpu_s	peak_mib	disk_mib	status	note" >"$tsv"
		printf '%s\t%s\t%s\n' "$(now)" "$started" "$*" >>"$tsv"
	)
	echo "$1 $2 $3 $4 $5: ${6:--} s, CPU ${7:--} s, ${8:--} MiB, disk ${9:--} MiB, ${10} ${11}"
}

say_machine() {
	row machine - - - - - - - - ok "$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | sed q), $(nproc) processors, $(
		awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo), Linux $(uname -r), load $(
		cut -d ' ' -f 1 /proc/loadavg)"
	row version - exitwalk - "$tree $config" - - - - ok "$("$build/exitwalk" --version | tr '\n' ' ')"
	for t in $peers sqlite3; do
		command -v "$(program_of "$t")" >/dev/null || continue
		row version - "$t" - - - - - - ok "$(version_of "$t" 2>&1 | sed q)"
	done
}

program_of() {
	case $1 in
	clang) echo "$clang" ;;
	clangd) command -v clangd-19 || echo clangd ;;
	*) echo "$1" ;;
	esac
}

version_of() {
	case $1 in
	cscope) cscope -V ;;
	*) "$(program_of "$1")" --version ;;
	esac
}

# ---- what all get ---------------------------------------------------------------------------------

scopes_of() {
	case $1 in
	bench) echo "kernel/*.c fs/*.c net/core net/ipv4 net/socket.c" ;;
	whole) echo all ;;
	*) echo "$1" ;;
	esac
}

# The options for a list of scopes, in "$@" of the caller by eval.
quote_scopes() {
	for s; do printf " --scope '%s'" "$s"; done
}

# Its commands, read into the page cache with what they include, and as a compile_commands.json.
make_commands() {
	set -f
	# shellcheck disable=SC2046 # a list
	scopes=$(quote_scopes $(scopes_of "$1"))
	set +f
	[ -s "$dir/commands" ] || {
		eval "\"\$indexer\" --tree \"\$tree\" --config \"\$config\" $scopes --jobs \"\$jobs\" --commands" \
			>"$dir/commands.new" 2>"$dir/commands.err" || { cat "$dir/commands.err" >&2; exit 2; }
		"$peer" json "$clang" "$dir/commands.new" >"$dir/compile_commands.json" || exit 2
		mv "$dir/commands.new" "$dir/commands"
	}
	units=$(wc -l <"$dir/commands")
	"$peer" warm "$dir/commands"
}

# The files that the units read, by the index: copied below one root, since gtags takes no others. A
# generated one comes out of the build directory.
make_files() {
	[ ! -s "$dir/files" ] || return 0
	sqlite3 -readonly "$dir/exitwalk.sqlite" "SELECT path FROM file WHERE path NOT LIKE '/%'" >"$dir/all" &&
		sqlite3 -readonly "$dir/exitwalk.sqlite" "SELECT file FROM unit" >"$dir/units" || exit 2
	first=$(sed q "$dir/commands" | sed "s/.*'\([^']*\)'\$/\1/")
	root=$(awk -v path="$first" '{
		n = length(path) - length($0)
		if (substr(path, n + 1) == $0 && substr(path, n, 1) == "/") { print substr(path, 1, n - 1); exit }
	}' "$dir/units")
	made=$(sed q "$dir/commands" | sed "s/^'\([^']*\)'.*/\1/")
	if [ ! -d "$root" ] || [ ! -d "$made" ]; then echo "$dir/commands: no tree in the first line" >&2; exit 2; fi
	rm -rf "${dir:?}/src" "$dir/of-tree" "$dir/of-build"
	mkdir -p "$dir/src"
	while read -r path; do
		if [ -f "$root/$path" ]; then echo "$path" >>"$dir/of-tree"
		elif [ -f "$made/$path" ]; then echo "$path" >>"$dir/of-build"; fi
	done <"$dir/all"
	tar -C "$root" -chf - -T "$dir/of-tree" | tar -C "$dir/src" -xf - || exit 2
	[ ! -s "$dir/of-build" ] || tar -C "$made" -chf - -T "$dir/of-build" | tar -C "$dir/src" -xf - || exit 2
	cat "$dir/of-tree" "$dir/of-build" 2>/dev/null | LC_ALL=C sort >"$dir/files"
}

# ---- build --------------------------------------------------------------------------------------

# In "$dir/src", where the file list holds. What is there of the last round is gone before.
start() {
	case $1 in
	exitwalk)
		eval "\"\$peer\" run \"\$limit\" \"\$log\" \"\$indexer\" --tree \"\$tree\" --config \"\$config\" $scopes \
			--jobs \"\$jobs\" --out \"\$left\"" ;;
	clang) "$peer" run "$limit" "$log" "$peer" check "$clang" "$jobs" "$dir/commands" ;;
	cscope) "$peer" run "$limit" "$log" "$(command -v cscope)" -b -q -k -i "$dir/files" -f "$left/cscope.out" ;;
	gtags) "$peer" run "$limit" "$log" "$(command -v gtags)" -f "$dir/files" "$left" ;;
	ctags) "$peer" run "$limit" "$log" "$(command -v ctags)" --options=NONE --languages=C --langmap=C:.c.h \
		-L "$dir/files" -f "$left/tags" ;;
	clangd)
		cp "$dir/compile_commands.json" "$left/"
		"$peer" run "$limit" "$log" "$peer" clangd "$(program_of clangd)" "$jobs" "$left" ;;
	ccls)
		cp "$dir/compile_commands.json" "$left/"
		"$peer" run "$limit" "$log" "$(command -v ccls)" "--index=$left" -v=0 \
			"--init={\"cache\":{\"directory\":\"$left/cache\"},\"index\":{\"threads\":$jobs}}" ;;
	esac
}

note_of() {
	case $1 in
	exitwalk) sed -n 's/^  \([0-9]* units .*\)/\1/p; s/^  \([0-9.]* s (parsing.*\)/\1/p' "$log" | paste -s -d ';' ;;
	clang | clangd) tail -n 1 "$log" ;;
	ccls) echo "$(grep -c ' I parse ' "$log") parses" ;;
	*) echo "$(wc -l <"$dir/files") files" ;;
	esac
}

size_of() {
	case $1 in
	clang) echo 0 ;;
	exitwalk) du -k "$left" ;;
	clangd) du -sk "$left/.cache" ;;
	ccls) du -sk "$left/cache" ;;
	*) du -sk "$left" ;;
	esac | awk '{ printf "%.1f", $1 / 1024 }'
}

# measure PART SET TOOL ROUND
measure() {
	left=$dir/$3 log=$dir/$3.log
	[ "$3" != exitwalk ] || left=$dir/exitwalk.sqlite
	command -v "$(program_of "$3")" >/dev/null || [ "$3" = exitwalk ] || {
		row "$1" "$2" "$3" "$4" "$units" - - - - missing "not installed"
		return
	}
	rm -rf "${left:?}" "$left".*
	[ "$3" = exitwalk ] || mkdir -p "$left" "$dir/src"
	cost=$(cd "$dir/src" 2>/dev/null || cd "$dir" && start "$3") || cost="-	-	-	failed"
	status=$(echo "$cost" | cut -f 4)
	case $3:$status in
	exitwalk:exit:4) status=partly ;;
	*:timeout) status="did not finish in $limit s" ;;
	esac
	row "$1" "$2" "$3" "$4" "$units" "$(echo "$cost" | cut -f 1)" "$(echo "$cost" | cut -f 2)" \
		"$(echo "$cost" | cut -f 3)" "$(size_of "$3")" "$status" "$(note_of "$3" | tr '\t' ' ')"
}

rounds_of() {
	case $1:$2 in
	whole:clang | whole:clangd | whole:ccls) echo "$repeat_slow" ;;
	*) echo "$repeat" ;;
	esac
}

# The file list comes out of the index, so in the first round that is made first.
build_set() {
	round=1
	while [ "$round" -le "$repeat" ]; do
		order="exitwalk $peers"
		[ $((round % 2)) -eq 1 ] || order=$(echo "$order" | tr ' ' '\n' | sed '1!G;h;$!d')
		for t in $order; do
			[ "$round" -le "$(rounds_of "$1" "$t")" ] || continue
			measure build "$1" "$t" "$round"
			[ "$t" != exitwalk ] || make_files
		done
		round=$((round + 1))
	done
}

# ---- grow ---------------------------------------------------------------------------------------

# N units, evenly out of all of them in the order of Kbuild, as paths.
choose() {
	awk -v n="$1" '{ line[NR] = $0 } END { for (i = 0; i < n; i++) print line[int(i * NR / n) + 1] }' "$2"
}

grow() {
	dir=$work/$kernel-whole
	mkdir -p "$dir"
	make_commands whole
	first=$(sed q "$dir/commands" | sed 's/.*-fmacro-prefix-map=\([^=]*\)=.*/\1/')
	[ -d "$first" ] || { echo "$dir/commands: no root of the tree in the first line" >&2; exit 2; }
	sed "s/.*'\([^']*\)'\$/\1/" "$dir/commands" | grep -F "$first" | cut -c $((${#first} + 1))- >"$work/paths"
	total=$(wc -l <"$work/paths")
	for n in ${EW_PEERS_GROW:-50 250 1000 all}; do
		[ "$n" != all ] || n=$total
		[ "$n" -le "$total" ] || continue
		dir=$work/grow
		rm -rf "${dir:?}"
		mkdir -p "$dir"
		scopes=$(choose "$n" "$work/paths" | sed "s/.*/ --scope '&'/" | tr -d '\n')
		eval "\"\$indexer\" --tree \"\$tree\" --config \"\$config\" $scopes --commands" >"$dir/commands" 2>/dev/null
		units=$(wc -l <"$dir/commands")
		[ "$units" -eq "$n" ] || echo "$n units were chosen, $units are read" >&2
		round=1
		while [ "$round" -le "$repeat" ]; do
			measure grow "$n" exitwalk "$round"
			[ "$n" -gt "${EW_PEERS_GROW_CLANG:-250}" ] || measure grow "$n" clang "$round"
			round=$((round + 1))
		done
	done
}

say_machine
for part in ${EW_PEERS_PARTS:-build ask grow}; do
	case $part in
	grow) grow; continue ;;
	build | ask) ;;
	*) echo "EW_PEERS_PARTS: \"$part\" is none of build, ask, grow" >&2; exit 2 ;;
	esac
	for set in $sets; do
		dir=$work/$kernel-$(echo "$set" | tr / -)
		mkdir -p "$dir"
		make_commands "$set"
		# shellcheck source=tests/bench/peers-ask.sh
		if [ "$part" = build ]; then build_set "$set"; else . "$here/peers-ask.sh"; fi
	done
done
"$here/report.sh" "$tsv" "$build/bench"
