# bash completion for exitwalk: the program itself knows what may stand where.
# SPDX-License-Identifier: GPL-3.0-or-later

_exitwalk()
{
	local word=${COMP_WORDS[COMP_CWORD]} found
	found=$("${COMP_WORDS[0]}" help --complete -- "${COMP_WORDS[@]:1:COMP_CWORD-1}" "$word" 2>/dev/null)
	local IFS=$'\n'
	COMPREPLY=($found)
	# A struct's name and its dot: the member comes next, without a space.
	[[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *. ]] && compopt -o nospace
	return 0
}
complete -o default -F _exitwalk exitwalk
