package lib.version_test

import data.lib.version

# Version, major, minor, patch, prerelease, build.
readable := [
	["v1.36.2", 1, 36, 2, "", ""],
	["1.36.2", 1, 36, 2, "", ""],
	["v1.36", 1, 36, 0, "", ""],
	["1.36+", 1, 36, 0, "", ""],
	["1.0.0", 1, 0, 0, "", ""],
	["0.0", 0, 0, 0, "", ""],
	["v10.200.3000", 10, 200, 3000, "", ""],
	["v1.36.0-alpha.1", 1, 36, 0, "alpha.1", ""],
	["v1.36.0-rc.0", 1, 36, 0, "rc.0", ""],
	["1.25.3-gke.100+abc", 1, 25, 3, "gke.100", "abc"],
	["v1.34.4-eks-3abbec1", 1, 34, 4, "eks-3abbec1", ""],
	["v1.34.4+k3s1", 1, 34, 4, "", "k3s1"],
	["v1.34.4+rke2r1.001-x", 1, 34, 4, "", "rke2r1.001-x"],
	["v1.34.4-0a.1-0", 1, 34, 4, "0a.1-0", ""],
	["v1.34.4-0.10", 1, 34, 4, "0.10", ""],
	["v1.34.4---", 1, 34, 4, "--", ""],
	["v1.36.0-alpha.0.79+8a1c4f0d2e", 1, 36, 0, "alpha.0.79", "8a1c4f0d2e"],
	["v1.999999999", 1, 999999999, 0, "", ""],
	[concat("", ["v1.2.3+", times("a", 249)]), 1, 2, 3, "", times("a", 249)],
]

times(text, n) := concat("", [text | some _ in numbers.range(1, n)])

test_versions_are_read[written] if {
	some [written, major, minor, patch, prerelease, build] in readable
	version.parse(written) == {
		"major": major,
		"minor": minor,
		"patch": patch,
		"prerelease": prerelease,
		"build": build,
	}
}

unreadable := [
	"",
	"v",
	"1",
	"v1",
	"latest",
	"1.",
	".1",
	"1.x",
	"1.36.",
	"1.36.x",
	"1.36.2.1",
	"1..2",
	"01.2.3",
	"1.02.3",
	"1.2.03",
	"-1.2",
	"1.-2",
	" 1.36",
	"1.36 ",
	"1.36\n",
	"V1.36",
	"vv1.36",
	"1.36.2-",
	"1.36.2-a..b",
	"1.36.2-a.",
	"1.36.2-01",
	"1.36.2-a.00",
	"1.36.2-ä",
	"1.36.2-a_b",
	"1.36.2+a_b",
	"1.36.2+a..b",
	"1.36.2+a+b",
	"1.36.2gke",
	"1.1000000000",
	"1000000000.1",
	"1.2.1000000000",
	concat("", ["v1.2.3+", times("a", 250)]),
	null,
	true,
	1.36,
	["1.36"],
	{"major": 1},
]

test_what_is_no_version_is_not_read[note] if {
	some written in unreadable
	note := json.marshal(written)
	not version.parse(written)
	not version.compare(written, "1.36")
	not version.compare("1.36", written)
	not version.skew(written, "1.36")
	not version.skew("1.36", written)
}

# Each is older than the next.
ascending := [
	"0.9",
	"v1.0.0",
	"1.9.9",
	"v1.10.0-alpha",
	"v1.10.0-alpha.1",
	"v1.10.0-alpha.2",
	"v1.10.0-alpha.10",
	"v1.10.0-alpha.beta",
	"v1.10.0-beta",
	"v1.10.0-rc.1",
	"1.10",
	"v1.10.1-gke.100",
	"v1.10.1",
	"v1.10.2",
	"v1.10.10",
	"v1.11",
	"v2.0.0-1",
	"v2.0.0-a",
	"v2.0",
	"v10.0",
]

test_versions_are_in_order if {
	every i, older in ascending {
		every k, newer in ascending {
			version.compare(older, newer) == sign(i - k)
		}
	}
}

sign(number) := 0 if number == 0

sign(number) := number / abs(number) if number != 0

test_a_build_and_what_is_left_out_do_not_count if {
	every same in ["v1.36.0", "1.36", "1.36+", "1.36.0+abc", "v1.36.0+k3s1"] {
		version.compare(same, "v1.36.0") == 0
		version.compare("v1.36.0", same) == 0
	}
	version.compare("1.36.0-rc.1+a", "1.36.0-rc.1+b") == 0
}

test_the_skew_counts_minor_versions if {
	version.skew("v1.36.2", "v1.33.9") == 3
	version.skew("v1.33.9-gke.1", "1.36+") == -3
	version.skew("v1.36.0-rc.1", "v1.36.9") == 0
}

test_there_is_no_skew_between_major_versions if {
	not version.skew("v2.1", "v1.1")
}
