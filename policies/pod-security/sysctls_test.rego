package pod_security.sysctls_test

import data.lib.review_test as review
import data.pod_security.sysctls

# From which minor version on each is safe, from upstream's documentation.
safe := {
	"kernel.shm_rmid_forced": 0,
	"net.ipv4.ip_local_port_range": 0,
	"net.ipv4.tcp_syncookies": 0,
	"net.ipv4.ping_group_range": 0,
	"net.ipv4.ip_unprivileged_port_start": 0,
	"net.ipv4.ip_local_reserved_ports": 27,
	"net.ipv4.tcp_keepalive_time": 29,
	"net.ipv4.tcp_fin_timeout": 29,
	"net.ipv4.tcp_keepalive_intvl": 29,
	"net.ipv4.tcp_keepalive_probes": 29,
	"net.ipv4.tcp_rmem": 32,
	"net.ipv4.tcp_wmem": 32,
	"net.ipv4.tcp_slow_start_after_idle": 37,
	"net.ipv4.tcp_notsent_lowat": 37,
}

setting(names) := {"securityContext": {"sysctls": [{"name": name, "value": "1"} | some name in names]}}

test_an_unsafe_sysctl_is_found_in_every_kind if {
	every case in review.spec_cases(setting(["kernel.shm_rmid_forced", "kernel.msgmax"])) {
		violations := sysctls.deny with input as case.review
		review.fields(violations) == {$"{case.spec}.securityContext.sysctls[1].name"}
	}
}

test_each_sysctl_is_safe_from_its_version_on if {
	count(safe) == 14
	every name, since in safe {
		every minor in [0, 26, 27, 28, 29, 31, 32, 36, 37, 38] {
			expected := count([true | minor < since])
			count(sysctls.deny) == expected with input as review.at(minor, review.pod_with(setting([name])))
		}
	}
}

test_other_spellings_are_not_safe if {
	every name in ["kernel/shm_rmid_forced", "Kernel.shm_rmid_forced", "kernel.shm*", "", null] {
		count(sysctls.deny) == 1 with input as review.pod_with(setting([name]))
	}
	every unnamed in [{"value": "1"}, null] {
		spec := {"securityContext": {"sysctls": [unnamed]}}
		{violation.details | some violation in sysctls.deny} == {{"sysctl": ""}} with input as review.pod_with(spec)
	}
}

test_unset_and_empty_are_allowed if {
	every context in [null, {}, {"sysctls": null}, {"sysctls": []}] {
		sysctls.deny == set() with input as review.pod_with({"securityContext": context})
	}
}

test_violations_name_each_sysctl if {
	sysctls.deny == {
		{
			"msg": "the Pod sets the sysctl kernel.msgmax, which is not in the safe set",
			"field": "spec.securityContext.sysctls[0].name",
			"details": {"sysctl": "kernel.msgmax"},
		},
		{
			"msg": "the Pod sets the sysctl net.core.somaxconn, which is not in the safe set",
			"field": "spec.securityContext.sysctls[2].name",
			"details": {"sysctl": "net.core.somaxconn"},
		},
	} with input as review.pod_with(setting(["kernel.msgmax", "net.ipv4.tcp_syncookies", "net.core.somaxconn"]))
}
