# SPDX-License-Identifier: GPL-3.0-or-later
# usage: awk -F '\t' -v lines=0|1 -f pointers.awk CALLS EDGES TABLE; the table's rows by their kind:
#   expect  a target that the call has
#   beyond  a target that is defined in the index, but on the way from where its address is taken to
#           the call stands a file that is not: only a larger index could know. It may be there.
#   extra   a target (* for any letters) that a reader excludes, but the resolver may give, and why
#   none    the call has no target in the index, and why

function place(file, caller, line) { return file SUBSEP caller SUBSEP (lines ? line : "") }

function line_of(site) { sub(/.*:/, "", site); return site }

function complain(text) { print text; bad = 1 }

# Is a target what a row names, whose file may be open?
function is_named(row, callee, file,	pattern) {
	if (row_file[row] != "-" && row_file[row] != file)
		return 0
	pattern = row_target[row]
	gsub(/\*/, "[A-Za-z0-9_]*", pattern)
	return callee ~ ("^" pattern "$")
}

FNR == 1 { input++ }

FNR == 1 && input < 3 {
	expected = input == 1 ? "caller\tcaller_file\tkind\tslot\ttargets\tcompiled\tmacro\tsite" : \
		"caller\tcaller_file\tcallee\tcallee_file\tkind\twhen\tgrade\tcompiled\tsite"
	if ($0 != expected)
		complain("the header of dump " (input == 1 ? "calls" : "edges") " is: " $0)
	next
}

input == 1 && $6 == "yes" {
	at = place($2, $1, line_of($8))
	called[at] = 1
	if ($3 == "pointer" && !((at, $4) in slot)) {
		slot[at, $4] = 1
		slots[at]++
	}
	if ($3 == "pointer" && $5 > reached[at, $4])
		reached[at, $4] = $5
	next
}

# Of a call of no member, parameter or variable, the direct edges of its line serve too: where an
# expression chooses a function for good (_Generic), the call is as good as direct.
input == 2 && $8 == "yes" && $7 != "asserted" {
	at = place($2, $1, line_of($9))
	if ($5 == "pointer")
		pointers[at] = pointers[at] $3 "\t" $4 "\n"
	else
		direct[at, $3, $4] = direct[at, $3] = 1
	next
}

input != 3 || /^#/ || $1 == "caller_file" { next }

{
	at = place($1, $2, $3)
	rows++
	key = at SUBSEP $4
	if (!(key in row_count)) {
		sites++
		if (($4 == "-") ? !(at in called) : !((at, $4) in slot))
			complain("not found: " $2 " at " $1 ":" $3 " calls through " $4)
		order[sites] = key
		title[key] = $2 " at " $1 ":" $3 ", " $4
		where[key] = at
		key_slot[key] = at SUBSEP $4
		is_open[key] = $4 == "-"
	}
	row_count[key]++
	row = key SUBSEP row_count[key]
	row_kind[row] = $5
	row_target[row] = $6
	row_file[row] = $7
	if ($5 != "expect" && ($8 == "-" || $8 == ""))
		complain(title[key] ": " $5 " " $6 " without a reason")
}

function is_direct(key, row)
{
	if (!is_open[key])
		return 0
	if (row_file[row] == "-")
		return (where[key], row_target[row]) in direct
	return (where[key], row_target[row], row_file[row]) in direct
}

# Of several slots in a line, the edges do not say which is whose; how many each has, dump calls does.
function count(key, named, wanted,	n)
{
	n = reached[key_slot[key]]
	if (lines && slots[where[key]] > 1 && !is_open[key] && (n > named || n < wanted))
		complain(title[key] ": " n + 0 " targets, the table has " named + 0 " of its line's")
}

function judge(key,	n, i, r, row, part, target, known, named, wanted) {
	at = where[key]
	n = split(pointers[at], target, "\n") - 1
	for (i = 1; i <= n; i++) {
		split(target[i], part, "\t")
		known = 0
		for (r = 1; r <= row_count[key]; r++) {
			row = key SUBSEP r
			if (row_kind[row] != "none" && is_named(row, part[1], part[2])) {
				seen[row] = known = 1
				if ((key, target[i]) in counted)
					continue
				found[row_kind[row]]++
				named++
				wanted += row_kind[row] == "expect"
				counted[key, target[i]] = 1
			}
		}
		if (!known && lines && slots[at] < 2)
			complain("neither expected nor explained: " title[key] ": " target[i])
	}
	count(key, named, wanted)
	for (r = 1; r <= row_count[key]; r++) {
		row = key SUBSEP r
		number[row_kind[row]]++
		if (row_kind[row] == "expect" && !(row in seen)) {
			if (is_direct(key, row))
				found["expect"]++
			else
				complain("missing: " title[key] ": " row_target[row] " of " row_file[row])
		}
		if (row_kind[row] == "extra" && !(row in seen))
			print "notice: no longer given: " title[key] ": " row_target[row]
		if (row_kind[row] == "beyond" && row_file[row] != "-" && (row in seen))
			print "notice: known after all: " title[key] ": " row_target[row]
	}
}

END {
	for (s = 1; s <= sites; s++)
		judge(order[s])
	printf "%d sites: %d of %d expected targets, %d others with a reason, %d of %d beyond the scope\n", sites,
		found["expect"], number["expect"], found["extra"], found["beyond"], number["beyond"]
	if (sites < 75)
		complain("only " sites + 0 " sites were compared")
	exit bad
}
