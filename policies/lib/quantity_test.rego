package lib.quantity_test

import data.lib.quantity

# Left and right are the same amount.
same := [
	["0", "0Ki"],
	["0", "-0"],
	["0", "0.000"],
	["0", "00"],
	["1", "1000m"],
	["1", "+1"],
	["1", "1."],
	["1", "1e0"],
	["1", "0.001k"],
	["1", "1000000000n"],
	["007", "7"],
	["0010Gi", "10Gi"],
	["000", "0"],
	["007.0", "7"],
	["0010.5Gi", "10.5Gi"],
	["00e07", "0"],
	["0.5", "500m"],
	[".5", "500m"],
	["0.1", "100m"],
	["1.5", "1500m"],
	["1u", "1000n"],
	["1m", "1000u"],
	["1k", "1000"],
	["1M", "1000k"],
	["1G", "1000M"],
	["1T", "1000G"],
	["1P", "1000T"],
	["1E", "1000P"],
	["1E", "1e18"],
	["1000E", "1e21"],
	["1e3", "1k"],
	["1E3", "1k"],
	["1e+3", "1k"],
	["1e-3", "1m"],
	["12e2", "1.2k"],
	["1Ki", "1024"],
	["1Mi", "1024Ki"],
	["1Gi", "1073741824"],
	["1Gi", "1024Mi"],
	["1Ti", "1024Gi"],
	["1Pi", "1024Ti"],
	["1Ei", "1024Pi"],
	["1Ei", "1152921504606846976"],
	["1.5Gi", "1536Mi"],
	["0.5Ki", "512"],
	["0.001Ki", "1024m"],
	["-500m", "-0.5"],
	[" 1Gi ", "1Gi"],
	[1, "1"],
	[0.5, "500m"],
	[2000000000, "2G"],
	[-1, "-1000m"],
	# What is smaller than a billionth is rounded away from zero.
	["0.1n", "1n"],
	["1.1n", "2n"],
	["1.0000000001", "1000000001n"],
	["1.0000000000", "1"],
	["1e-30", "1n"],
	["9e-30", "1n"],
	["9e-99", "1n"],
	["-0.1n", "-1n"],
]

test_equal_quantities_are_equal[note] if {
	some pair in same
	note := $"{pair[0]} = {pair[1]}"
	quantity.nano(pair[0]) == quantity.nano(pair[1])
}

# Left is less than right, often by the least that a quantity can show and a float cannot.
ordered := [
	["-1", "0"],
	["-2", "-1"],
	["0", "1n"],
	["1n", "2n"],
	["999m", "1"],
	["1", "1.000000001"],
	["1k", "1Ki"],
	["1G", "1Gi"],
	["1E", "1Ei"],
	["0.1", "0.100000001"],
	["9007199254740992", "9007199254740993"],
	["9223372036854775806", "9223372036854775807"],
	["9223372036854775807", "8Ei"],
	["7.999999999Ei", "8Ei"],
	["1023Mi", "1Gi"],
	[1.5, "1501m"],
]

test_less_is_less[note] if {
	some pair in ordered
	note := $"{pair[0]} < {pair[1]}"
	quantity.nano(pair[0]) < quantity.nano(pair[1])
}

test_quantities_are_whole_billionths if {
	quantity.nano("1") == 1000000000
	quantity.nano("1500m") == 1500000000
	quantity.nano("-1u") == -1000
	quantity.nano("1Ei") == 1152921504606846976000000000
}

invalid := [
	"",
	" ",
	".",
	"+",
	"Ki",
	"m",
	"abc",
	"1 Gi",
	"1GB",
	"1gi",
	"1Kib",
	"1K",
	"1mm",
	"m1",
	"1i",
	"1KiKi",
	"Gi1",
	"1e",
	"1mi",
	"1e1.5",
	"1e3Ki",
	"1e100",
	"1e22",
	"1,5",
	"0x10",
	"--1",
	"1-",
	"1\n1",
	null,
	true,
	["1"],
	{"cpu": "1"},
]

test_what_is_no_quantity_has_no_value[note] if {
	some value in invalid
	note := json.marshal(value)
	not quantity.nano(value)
}

test_the_longest_quantity_has_64_characters if {
	nines := concat("", ["9" | some _ in numbers.range(1, 64)])
	quantity.nano(nines) > quantity.nano("1E")
	not quantity.nano(concat("", [nines, "9"]))
	exact := concat("", [substring(nines, 0, 62), ".0"])
	quantity.nano(exact) == quantity.nano(substring(nines, 0, 62))
	not quantity.nano(concat("", [exact, "0"]))
}

# Each suffix after plain digits, and once more with a fraction, which is read in another way.
test_both_ways_of_reading_agree[suffix] if {
	some suffix in ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]
	every digits in ["1", "10", "1023", "999999999", "9223372036854775807"] {
		quantity.nano($"{digits}{suffix}") == quantity.nano($"{digits}.0{suffix}")
		quantity.nano($"{digits}{suffix}") == quantity.nano($"+{digits}{suffix}")
	}
}
