/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One stub a function of a library that is loaded late; see late.c. x86_64, System V calls. */

	.macro	late library, name
	.text
	.globl	\name
	.hidden	\name
	.type	\name, @function
\name:
	.cfi_startproc
	jmp	*.Llate_\name(%rip)
.Lfind_\name:
	leaq	.Llate_\name(%rip), %r11
	jmp	late_enter
	.cfi_endproc
	.size	\name, . - \name
	.section .rodata
.Lname_\name:
	.asciz	"\name"
	.data
	.balign	8
.Llate_\name:
	.quad	.Lfind_\name, .Llibrary_\library, .Lname_\name
	.endm

	.macro	library name, file
	.section .rodata
.Llibrary_\name:
	.asciz	"\file"
	.endm

/* The arguments stay as they are: late_find() gets the stub's struct late, then the function is entered. */
	.text
	.type	late_enter, @function
late_enter:
	.cfi_startproc
	.irp	register, rdi, rsi, rdx, rcx, r8, r9, rax
	pushq	%\register
	.cfi_adjust_cfa_offset 8
	.endr
	subq	$128, %rsp
	.cfi_adjust_cfa_offset 128
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	movups	%xmm\n, 16 * \n(%rsp)
	.endr
	movq	%r11, %rdi
	call	late_find
	movq	%rax, %r11
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	movups	16 * \n(%rsp), %xmm\n
	.endr
	addq	$128, %rsp
	.cfi_adjust_cfa_offset -128
	.irp	register, rax, r9, r8, rcx, rdx, rsi, rdi
	popq	%\register
	.cfi_adjust_cfa_offset -8
	.endr
	jmp	*%r11
	.cfi_endproc
	.size	late_enter, . - late_enter

	library	PCAP, EW_LATE_PCAP
	late	PCAP, pcap_activate
	late	PCAP, pcap_close
	late	PCAP, pcap_compile
	late	PCAP, pcap_create
	late	PCAP, pcap_datalink
	late	PCAP, pcap_dispatch
	late	PCAP, pcap_dump
	late	PCAP, pcap_dump_close
	late	PCAP, pcap_dump_file
	late	PCAP, pcap_dump_flush
	late	PCAP, pcap_dump_fopen
	late	PCAP, pcap_fopen_offline_with_tstamp_precision
	late	PCAP, pcap_freecode
	late	PCAP, pcap_get_selectable_fd
	late	PCAP, pcap_geterr
	late	PCAP, pcap_next_ex
	late	PCAP, pcap_open_dead_with_tstamp_precision
	late	PCAP, pcap_set_buffer_size
	late	PCAP, pcap_set_immediate_mode
	late	PCAP, pcap_set_snaplen
	late	PCAP, pcap_set_tstamp_precision
	late	PCAP, pcap_setdirection
	late	PCAP, pcap_setfilter
	late	PCAP, pcap_setnonblock

	library	JSON, EW_LATE_JSON
	late	JSON, json_builder_add_string_value
	late	JSON, json_builder_begin_object
	late	JSON, json_builder_end_object
	late	JSON, json_builder_get_root
	late	JSON, json_builder_new
	late	JSON, json_builder_set_member_name
	late	JSON, json_node_get_node_type
	late	JSON, json_node_get_object
	late	JSON, json_node_get_string
	late	JSON, json_node_unref
	late	JSON, json_object_get_member
	late	JSON, json_parser_get_root
	late	JSON, json_parser_load_from_data
	late	JSON, json_parser_new
	late	JSON, json_to_string

	library	GOBJECT, EW_LATE_GOBJECT
	late	GOBJECT, g_object_unref

	library	CMARK, EW_LATE_CMARK
	late	CMARK, cmark_iter_free
	late	CMARK, cmark_iter_get_node
	late	CMARK, cmark_iter_new
	late	CMARK, cmark_iter_next
	late	CMARK, cmark_node_first_child
	late	CMARK, cmark_node_free
	late	CMARK, cmark_node_get_fence_info
	late	CMARK, cmark_node_get_heading_level
	late	CMARK, cmark_node_get_list_start
	late	CMARK, cmark_node_get_list_type
	late	CMARK, cmark_node_get_literal
	late	CMARK, cmark_node_get_start_line
	late	CMARK, cmark_node_get_type
	late	CMARK, cmark_node_get_url
	late	CMARK, cmark_node_next
	late	CMARK, cmark_parse_document

	library	MNL, EW_LATE_MNL
	late	MNL, mnl_attr_get_payload
	late	MNL, mnl_attr_get_payload_len
	late	MNL, mnl_attr_get_type
	late	MNL, mnl_attr_nest_end
	late	MNL, mnl_attr_nest_start
	late	MNL, mnl_attr_next
	late	MNL, mnl_attr_ok
	late	MNL, mnl_attr_put
	late	MNL, mnl_attr_put_strz
	late	MNL, mnl_attr_put_u32
	late	MNL, mnl_nlmsg_get_payload
	late	MNL, mnl_nlmsg_get_payload_len
	late	MNL, mnl_nlmsg_get_payload_offset
	late	MNL, mnl_nlmsg_get_payload_tail
	late	MNL, mnl_nlmsg_next
	late	MNL, mnl_nlmsg_ok
	late	MNL, mnl_nlmsg_put_extra_header
	late	MNL, mnl_nlmsg_put_header
	late	MNL, mnl_socket_bind
	late	MNL, mnl_socket_close
	late	MNL, mnl_socket_fdopen
	late	MNL, mnl_socket_get_fd
	late	MNL, mnl_socket_get_portid
	late	MNL, mnl_socket_open2
	late	MNL, mnl_socket_recvfrom
	late	MNL, mnl_socket_sendto
	late	MNL, mnl_socket_setsockopt

	.section .note.GNU-stack, "", @progbits
