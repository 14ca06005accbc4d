// What a distribution gives to every process, so that programs can run at all: libraries, their own
// entries in /proc, a place in the process table. A component with a program gets it too, because
// its type joins the distribution's attribute for processes.
//
// It is told apart from what a policy grants by a probe, a type that is linked beside the module
// and has nothing but that attribute: what the probe may do to itself, and may do to or suffer from
// types that are not the module's, is given. Nothing between two components is: the probe has no
// second.
#pragma once

#include <string>
#include <string_view>

#include "targets/selinux/facts.h"
#include "targets/selinux/policy.h"

namespace bh {

// The attribute of the reference policy, which Debian's and Fedora's policies are made from.
inline constexpr std::string_view ProcessAttribute = "domain";

// The probe as a CIL module.
std::string probe_module();

// Takes out of the facts of a policy that was linked with the probe what the probe has as well.
void leave_out_given(const selinux::Policy& policy, const SelinuxScope& scope, BinaryFacts& facts);

}  // namespace bh
