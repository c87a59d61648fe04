# SPDX-License-Identifier: GPL-3.0-or-later
# Observed pairs of addresses, as calls between named functions.
# usage: awk -f join.awk SYMBOLS CODE PAIRS; SYMBOLS is what llvm-symbolizer says of each address, with its
# inlined frames (-a -i --verbose), CODE is of code.awk. Prints the columns that README.md describes.
function clean(path) {
	sub(/^debian\/build\/[^\/]*\//, "", path)
	sub(/^\.\//, "", path)
	return path
}
# The first frame of an address is the innermost. The file is that of the line, which is a header where a macro is
# expanded: the same function (name and line where it begins) has a line in its own file elsewhere.
function end_address(    i) {
	if (address == "")
		return
	frames[address] = n
	for (i = 1; i <= n; i++) {
		frame[address, i] = name[i] SUBSEP begins[i]
		frame_file[address, i] = file[i]
		rate_file(name[i] SUBSEP begins[i], file[i])
	}
	site[address] = file[1] ":" line[1]
	n = 0
}
# An own file is one that is compiled, else a header beside such files, else any.
function rank(path) {
	return path ~ /\.c$/ ? 3 : path !~ /(^|\/)include\// ? 2 : 1
}
function rate_file(key, path) {
	if (rank(path) > best[key]) {
		best[key] = rank(path)
		own_file[key] = path
		several[key] = 0
	} else if (rank(path) == best[key] && own_file[key] != path) {
		several[key] = 1
	}
}
function named(address, i,    key, part) {
	key = frame[address, i]
	split(key, part, SUBSEP)
	if (!several[key] && rank(frame_file[address, i]) < best[key])
		return part[1] "@" own_file[key]
	return part[1] "@" frame_file[address, i]
}
function name_all(    address, i) {
	for (address in frames) {
		outer[address] = named(address, frames[address])
		for (i = frames[address] - 1; i >= 1; i--)
			inlined[address] = inlined[address] (inlined[address] == "" ? "" : ",") named(address, i)
	}
}
function add_jump(to, place,    from) {
	from = outer[place] ":" inlined[place]
	if (!known_jump[to, from]++)
		jumps[to] = jumps[to] " " from
	direct_jump[to, outer[place]] = 1
	if (place in untraced)
		unseen[outer[place]] = 1
}
FILENAME == ARGV[1] && /^0x/ {
	end_address()
	address = substr($1, 3)
	next
}
FILENAME == ARGV[1] {
	if (/^[^ ]/)
		name[++n] = $1
	else if ($1 == "Filename:")
		file[n] = clean($2)
	else if ($1 == "Line:")
		line[n] = $2
	else if (/Function start line:/)
		begins[n] = $4
	next
}
FILENAME == ARGV[2] && FNR == 1 {
	end_address()
	name_all()
}
FILENAME == ARGV[2] {
	if ($1 == "part")
		sub(/@/, ".part@", outer[$2])
	else if ($1 == "untraced")
		untraced[$2] = 1
	else if ($1 == "return")
		before[$2] = $3
	else if ($1 == "call")
		target[$2] = $3 == "*" ? "*" : outer[$3]
	else if ($3 == "*")
		add_jump("*", $2)
	else if (outer[$2] != outer[$3])
		add_jump(outer[$3], $2)
	next
}
$1 == "pair" {
	count[$3, outer[$2]] += $4
	if (!seen[$3, outer[$2]]++)
		called[$3] = called[$3] " " outer[$2]
}
# Backwards from @f, by jumps, over functions that were called from here too (or that the tracer does not see):
# the ways to those that the call may have been to. Each function is NAME@FILE, and :INLINED where the jump
# stands in what was inlined; a way over some that the tracer does not see begins with "?". With @pointers over jumps
# through pointers, too.
function go_back(at_return, f, path, pointers, sort, depth,    from, k, m, part) {
	if (path != "" && (target[at_return] == f || target[at_return] == "*") && !known_way[path]++)
		found = found (found == "" ? "" : "|") (sort ? "?" : "") path
	if (depth == (sort ? 2 : 8))
		return
	on_way[f] = 1
	m = split(jumps[f] (pointers ? " " jumps["*"] : ""), from, " ")
	for (k = 1; k <= m; k++) {
		split(from[k], part, ":")
		if (!(part[1] in on_way) && (can_be(at_return, part[1], f, sort)))
			go_back(at_return, part[1], from[k] (path == "" ? "" : " " path), pointers, sort, depth + 1)
	}
	delete on_way[f]
}
# What the call names was called. Then come the functions that the tracer saw called from here, then those that it
# never sees: with @sort 1 if they jump to @to by name, with 2 through a pointer, too.
function can_be(at_return, from, to, sort) {
	return from == target[at_return] || (at_return, from) in seen ||
	       from in unseen && (sort > 1 || sort == 1 && (to, from) in direct_jump)
}
function ways(at_return, callee,    sort) {
	found = ""
	if (target[at_return] == "*") {
		split("", known_way)
		go_back(at_return, callee, "", 1, 0, 0)
		go_back(at_return, callee, "", 1, 1, 0)
		return found
	}
	split("", known_way)
	for (sort = 0; sort < 3 && found == ""; sort++) {
		go_back(at_return, callee, "", 0, sort, 0)
		if (found == "" && sort != 1)
			go_back(at_return, callee, "", 1, sort, 0)
	}
	return found
}
# A file is told where it is another than before.
function shorten(chain, file,    f, n, k, m, i, part, item, result) {
	n = split(chain, f, " ")
	for (k = 1; k <= n; k++) {
		m = split(f[k], item, /[:,]/)
		result = result (k > 1 ? " " : "")
		for (i = 1; i <= m; i++) {
			if (item[i] == "")
				continue
			split(item[i], part, "@")
			result = result (i > 1 ? "," : "") part[1] (part[2] == file ? "" : "@" part[2])
			file = part[2]
		}
	}
	last_file = file
	return result
}
function shorten_ways(all, file,    way, n, k, result) {
	n = split(all, way, "|")
	for (k = 1; k <= n; k++) {
		unseen_way = sub(/^\?/, "", way[k]) ? "?" : ""
		result = result (k > 1 ? "|" : "") unseen_way shorten(way[k], file)
	}
	return result
}
function row(place_of_call, how, through, callee, n,    from, to, inner) {
	split(outer[place_of_call], from, "@")
	sub(/\.part$/, "", from[1])
	split(callee, to, "@")
	last_file = from[2]
	inner = shorten(inlined[place_of_call], from[2])
	through = shorten_ways(through, last_file)
	total[from[1] "\t" from[2] "\t" (inner == "" ? "-" : inner) "\t" site[place_of_call] "\t" how "\t" \
		(through == "" ? "-" : through) "\t" to[1] "\t" to[2]] += n
}
# More often than those that were called here and jump to it: not all can have come by a jump.
function is_called_itself(at_return, callee, all,    way, n, k, m, hop, part, sum, counted) {
	n = split(all, way, "|")
	for (k = 1; k <= n; k++) {
		if (way[k] ~ /^\?/)
			return 0
		m = split(way[k], hop, " ")
		split(hop[m], part, ":")
		if (!counted[part[1]]++)
			sum += count[at_return, part[1]]
	}
	return count[at_return, callee] > sum
}
function tell(at_return,    callees, k, n, how, through, callee) {
	n = split(called[at_return], callees, " ")
	for (k = 1; k <= n; k++) {
		callee = callees[k]
		through = ""
		how = target[at_return] == "*" ? "pointer" : target[at_return] == "" ? "unknown" : "call"
		if (how == "call" && target[at_return] != callee) {
			how = "jump"
			through = ways(at_return, callee)
			if (through == "") {
				how = "unknown"
				through = target[at_return]
			}
		} else if (how == "pointer") {
			through = ways(at_return, callee)
			if (is_called_itself(at_return, callee, through))
				how = "pointer-itself"
		}
		row(before[at_return], how, through, callee, count[at_return, callee])
	}
}
END {
	for (at in before)
		tell(at)
	for (call in total)
		print call "\t" total[call]
}
