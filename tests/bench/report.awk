# SPDX-License-Identifier: GPL-3.0-or-later
# What peers.sh measured, as tables of Markdown (want=tables) or as numbers for gnuplot (want=bars, set=SET;
# want=growth). A round is compared with exitwalk in the same round of the same run; a median is always a
# number that was measured.
BEGIN {
	FS = OFS = "\t"
	order = "exitwalk cscope gtags ctags clang clangd ccls"
	full["clang"] = "`clang -fsyntax-only`"; full["cscope"] = "`cscope -b -q -k`"
	full["gtags"] = "`gtags`"; full["ctags"] = "universal-ctags"
	full["clangd"] = "clangd's background index"; full["ccls"] = "`ccls --index`"
	kind["exitwalk"] = 0; kind["cscope"] = kind["gtags"] = kind["ctags"] = 1
	kind["clang"] = kind["clangd"] = kind["ccls"] = 2
}

FNR == 1 {
	for (i = 1; i <= NF; i++)
		at[$i] = i
	next
}

{ part = $at["part"]; set = $at["set"]; tool = $at["tool"]; what = $at["what"]; status = $at["status"] }
part == "machine" { machine = $at["note"]; date = substr($at["time"], 1, 10); next }
part == "version" { version[tool] = $at["note"]; if (tool == "exitwalk") tree = what; next }
part == "ask" { note_answer(); next }

# "ok" is a measurement, "partly" one with units that cannot be read; anything else is told in words.
part == "build" || part == "grow" {
	key = part SUBSEP set SUBSEP tool
	if (part == "build" && !(set in sets)) { sets[set] = what; set_name[++set_count] = set }
	if (part == "grow" && !(set in grown)) { grown[set] = 1; grow_name[++grow_count] = set }
	units[part, set] = what
	if (status != "ok" && status != "partly") { trouble[key] = status; next }
	add(key SUBSEP "wall", $at["wall_s"]); add(key SUBSEP "cpu", $at["cpu_s"])
	add(key SUBSEP "peak", $at["peak_mib"]); add(key SUBSEP "disk", $at["disk_mib"])
	if (match($at["note"], /\(parsing [0-9.]+, resolving [0-9.]+/)) {
		split(substr($at["note"], RSTART, RLENGTH), word, /[ ,]+/)
		add(key SUBSEP "parsing", word[2]); add(key SUBSEP "resolving", word[4])
	}
	round = part SUBSEP set SUBSEP $at["run"] SUBSEP $at["round"]
	if (tool == "exitwalk") mine[round] = $at["wall_s"]
	else { theirs[++rounds] = $at["wall_s"]; their_key[rounds] = key; their_round[rounds] = round }
}

# ---- numbers ------------------------------------------------------------------------------------

function add(key, value) { numbers[key, ++count[key]] = value + 0 }

function quantile(key, q,    n, i, k, list, swap) {
	n = count[key]
	for (i = 1; i <= n; i++) {
		list[i] = numbers[key, i]
		for (k = i; k > 1 && list[k] < list[k - 1]; k--) {
			swap = list[k]; list[k] = list[k - 1]; list[k - 1] = swap
		}
	}
	k = int(q * n) + 1
	return list[k > n ? n : k]
}

function digits(x) { return x >= 100 ? sprintf("%.0f", x) : x >= 10 ? sprintf("%.1f", x) : sprintf("%.2f", x) }

# "12.3 (11.9 – 13.0)", or only the number where there is one.
function spread(key) {
	if (!count[key]) return "–"
	if (count[key] == 1) return digits(quantile(key, 0))
	return digits(quantile(key, 0.5)) " (" digits(quantile(key, 0)) " – " digits(quantile(key, 1)) ")"
}

function middle(key) { return count[key] ? digits(quantile(key, 0.5)) : "–" }

function compare_rounds(    i) {
	for (i = 1; i <= rounds; i++)
		if (mine[their_round[i]] > 0)
			add(their_key[i] SUBSEP "ratio", theirs[i] / mine[their_round[i]])
}

# ---- questions ----------------------------------------------------------------------------------

# "callers sock_close (cold)", with the note "least=1 greatest=2 ms answers=1 fact=yes stays=0"; the last counts.
function note_answer(    how, question, n, word, i, pair, key) {
	how = what ~ /\(cold\)$/ ? "cold" : "warm"
	question = what
	sub(/ \((cold|warm)\)$/, "", question)
	key = set SUBSEP question SUBSEP tool
	if (!(key in asked)) { asked[key] = 1; ask_key[++asks] = key; asked_set[set] = 1 }
	n = split($at["note"], word, /[ ;]/)
	delete value
	for (i = 1; i <= n; i++)
		if (split(word[i], pair, "=") == 2)
			value[pair[1]] = pair[2]
	if (status != "ok" && $at["wall_s"] !~ /^[0-9]/) { time[key, "cold"] = time[key, "warm"] = status; return }
	time[key, how] = sprintf("%.1f (%.1f – %.1f)", $at["wall_s"] * 1000, value["least"], value["greatest"])
	answers[key] = value["answers"]; fact[key] = value["fact"]; wanted[key] = value["wanted"]
	if (status != "ok") time[key, how] = time[key, how] ", " status
}

# ---- tables -------------------------------------------------------------------------------------

function print_build(set,    n, tool, i, key) {
	print "**" (set == "bench" ? "The bench set" : set == "whole" ? "The whole kernel" : set) "**, " \
		units["build", set] " units:\n"
	print "| | wall, s | times exitwalk's | CPU, s | peak memory, MiB | left on disk, MiB | rounds |"
	print "|---|--:|--:|--:|--:|--:|--:|"
	n = split(order, tool, " ")
	for (i = 1; i <= n; i++) {
		key = "build" SUBSEP set SUBSEP tool[i]
		if (!count[key SUBSEP "wall"] && !(key in trouble)) continue
		print "| " (tool[i] in full ? full[tool[i]] : "**exitwalk**") " | " \
			(count[key SUBSEP "wall"] ? spread(key SUBSEP "wall") : trouble[key]) " | " \
			(tool[i] == "exitwalk" ? "1" : spread(key SUBSEP "ratio")) " | " middle(key SUBSEP "cpu") " | " \
			middle(key SUBSEP "peak") " | " middle(key SUBSEP "disk") " | " count[key SUBSEP "wall"] + 0 " |"
	}
	print ""
}

function print_asks(set,    i, part_of, key) {
	print "**Questions** as whole processes, the databases of " set ", milliseconds. *Among them* tells whether the answer has what the\n" \
		"question is after: for `callers sock_close` the call through a pointer in `fs/file_table.c`.\n"
	print "| question | of | warm | cold | answers | among them |"
	print "|---|---|--:|--:|--:|---|"
	for (i = 1; i <= asks; i++) {
		key = ask_key[i]
		split(key, part_of, SUBSEP)
		if (part_of[1] == set)
			print "| " part_of[2] " | " part_of[3] " | " time[key, "warm"] " | " time[key, "cold"] " | " \
				answers[key] " | " wanted[key] ": " fact[key] " |"
	}
	print ""
}

function print_growth(    i, key, other) {
	print "**How cost grows**, units taken evenly out of the whole configuration:\n"
	print "| units | wall, s | of it parsing | resolving | CPU, s | CPU a unit, ms | peak memory, MiB | index, MiB | `clang -fsyntax-only`, s | times exitwalk's |"
	print "|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
	for (i = 1; i <= grow_count; i++) {
		key = "grow" SUBSEP grow_name[i] SUBSEP "exitwalk"
		other = "grow" SUBSEP grow_name[i] SUBSEP "clang"
		print "| " grow_name[i] " | " (count[key SUBSEP "wall"] ? spread(key SUBSEP "wall") : trouble[key]) \
			" | " middle(key SUBSEP "parsing") " | " middle(key SUBSEP "resolving") " | " middle(key SUBSEP "cpu") " | " \
			(count[key SUBSEP "cpu"] ? sprintf("%.0f", quantile(key SUBSEP "cpu", 0.5) * 1000 / grow_name[i]) : "–") " | " \
			middle(key SUBSEP "peak") " | " middle(key SUBSEP "disk") " | " spread(other SUBSEP "wall") " | " \
			spread(other SUBSEP "ratio") " |"
	}
	print ""
}

function print_tables(    i, n, tool, said) {
	print "Linux " tree ", on " date ": " machine ". Median (least – greatest) of the rounds.\n"
	for (i = 1; i <= set_count; i++) print_build(set_name[i])
	for (i = 1; i <= set_count; i++) if (set_name[i] in asked_set) { print_asks(set_name[i]); delete asked_set[set_name[i]] }
	for (i in asked_set) print_asks(i)
	if (grow_count) print_growth()
	n = split(order " sqlite3", tool, " ")
	for (i = 1; i <= n; i++) if (tool[i] in version) said = said (said ? "; " : "") version[tool[i]]
	gsub(/ +/, " ", said)
	print "Versions: " said "."
}

# ---- plots --------------------------------------------------------------------------------------

# A line a tool, from the top: place, name, least, median, greatest, kind, and why there is no bar.
function print_bars(    n, tool, i, key, y) {
	n = split(order, tool, " ")
	for (i = 1; i <= n; i++) {
		key = "build" SUBSEP want_set SUBSEP tool[i]
		if (count[key SUBSEP "wall"])
			print --y, tool[i], quantile(key SUBSEP "wall", 0), quantile(key SUBSEP "wall", 0.5), \
				quantile(key SUBSEP "wall", 1), kind[tool[i]], "~"
		else if (key in trouble)
			print --y, tool[i], "-", "-", "-", kind[tool[i]], trouble[key]
	}
}

# A block a tool: units, wall (least, median, greatest), peak memory, index.
function print_curves(    n, tool, i, k, key) {
	n = split("exitwalk clang", tool, " ")
	for (k = 1; k <= n; k++) {
		for (i = 1; i <= grow_count; i++) {
			key = "grow" SUBSEP grow_name[i] SUBSEP tool[k]
			if (count[key SUBSEP "wall"])
				print grow_name[i], quantile(key SUBSEP "wall", 0), quantile(key SUBSEP "wall", 0.5), \
					quantile(key SUBSEP "wall", 1), quantile(key SUBSEP "peak", 0.5), quantile(key SUBSEP "disk", 0.5)
		}
		print "\n"
	}
}

END {
	compare_rounds()
	if (want == "tables") print_tables()
	else if (want == "bars") print_bars()
	else if (want == "growth") print_curves()
	else if (want == "sets") for (i = 1; i <= set_count; i++) print set_name[i], units["build", set_name[i]]
}
