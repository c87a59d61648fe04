# SPDX-License-Identifier: GPL-3.0-or-later
# What the code of the image does at the observed return addresses, and which functions it leaves by a jump.
# usage: awk -f code.awk PAIRS DISASSEMBLY, which is `objdump -d --no-show-raw-insn`; prints
#	call RETURN TARGET	the call before an observed return address; TARGET "*": through a pointer
#	part ADDRESS		it begins what the compiler split off a function, or a jump out of that
#	untraced PLACE		it is a jump out of a function that the tracer does not see
#	return RETURN PLACE	an observed return address, and an address in the call before it
#	jump PLACE TARGET	a jump to the beginning of another function
function base(name) {
	sub(/\.cold(\.[0-9]+)?$/, "", name)
	return name
}
function is_indirect(operand) {
	return operand ~ /^\*|<__x86_indirect_(call_|jump_)?thunk|<__SCT__/
}
# Hexadecimal, as awk has no integers of 64 bits.
function next_address(address, n,    i, digit) {
	for (i = length(address); i && n; i--) {
		digit = index(digits, substr(address, i, 1)) - 1 + n
		n = digit > 15
		address = substr(address, 1, i - 1) substr(digits, digit % 16 + 1, 1) substr(address, i + 1)
	}
	return address
}
function previous_address(address,    i, digit) {
	for (i = length(address); i; i--) {
		digit = index(digits, substr(address, i, 1)) - 1
		address = substr(address, 1, i - 1) substr(digits, (digit + 15) % 16 + 1, 1) substr(address, i + 1)
		if (digit)
			break
	}
	return address
}
BEGIN { digits = "0123456789abcdef" }
FNR == NR {
	if ($1 == "pair" && !observed[$3]++)
		print "return", $3, previous_address($3)
	next
}
/^[0-9a-f]+ <.*>:$/ {
	symbol = substr($2, 2, length($2) - 3)
	is_part = symbol ~ /\.part\.[0-9]+/
	is_traced = base(symbol) != symbol # a cold part has no beginning of its own
	if (is_part)
		print "part", $1
	next
}
!/^[0-9a-f]+:/ { next }
{
	sub(/:\t(cs|ds|bnd|notrack) /, ":\t")
	at = substr($1, 1, length($1) - 1)
	if (target != "" && at in observed)
		print "call", at, target
	target = ""
}
$2 == "call" && $4 == "<__fentry__>" { is_traced = 1 }
$2 == "call" && is_indirect($3 $4) {
	target = "*"
	# Retpolines and paravirtual calls are replaced by shorter ones and nops when the kernel comes up.
	for (i = 2; i <= 6; i++) {
		at_return = next_address(at, i)
		if (at_return in observed)
			print "call", at_return, target
	}
	next
}
$2 == "call" { target = $3; next }
$2 ~ /^j/ {
	if (!is_traced)
		print "untraced", at
	if (is_part)
		print "part", at
	if (is_indirect($3 $4)) {
		print "jump", at, "*"
		next
	}
	name = $4
	gsub(/[<>]/, "", name)
	if (name !~ /\+0x/ && base(name) != base(symbol) && name != "__x86_return_thunk")
		print "jump", at, $3
}
