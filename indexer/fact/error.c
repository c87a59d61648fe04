/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The project's one error domain. */
#include "fact/fact.h"

GQuark ew_error_quark(void)
{
	return g_quark_from_static_string("exitwalk");
}
