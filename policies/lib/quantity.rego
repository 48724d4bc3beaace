# METADATA
# title: Kubernetes quantities
# description: |
#   Quantities such as `500m`, `0.5`, `1Gi` or `1e3` as whole numbers of billionths, so that they compare exactly.
#   What is smaller than a billionth is rounded away from zero, as the API server does.
# related_resources:
#   - ref: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
package lib.quantity

# METADATA
# scope: document
# title: A quantity in billionths
# description: |
#   Takes text and, as YAML has them, numbers. Undefined for what is no quantity.
# custom:
#   example: |
#     quantity.nano("500m") == 500000000
#     quantity.nano("0.5") == quantity.nano("500m")
#     quantity.nano("1Gi") > quantity.nano("1G")
#     not quantity.nano("1 GB")
nano(value) := number if {
	number := plain(value)
} else := general(value)

# Digits and a suffix, as nearly every quantity is written: a quarter of the time of the general way and a tenth of
# its memory.
plain(value) := to_number(whole) * units[suffix] if {
	count(value) <= longest
	whole := trim_right(value, "numkKMGTPEi")
	trim(whole, "0123456789") == ""
	suffix := trim_prefix(value, whole)
}

# Kubernetes writes nothing longer; bounds the arithmetic.
longest := 64

units := {
	"": 1000000000,
	"n": 1,
	"u": 1000,
	"m": 1000000,
	"k": 1000000000000,
	"M": 1000000000000000,
	"G": 1000000000000000000,
	"T": 1000000000000000000000,
	"P": 1000000000000000000000000,
	"E": 1000000000000000000000000000,
	"Ki": 1024000000000,
	"Mi": 1048576000000000,
	"Gi": 1073741824000000000,
	"Ti": 1099511627776000000000,
	"Pi": 1125899906842624000000000,
	"Ei": 1152921504606846976000000000,
}

general(value) := signed(sign, shifted(natural(digits) * object.get(binary, suffix, 1), places)) if {
	literal := text(value)
	count(literal) <= longest
	some [_, sign, whole, fraction, suffix, sign_of_power, power] in regex.find_all_string_submatch_n(pattern, literal, 1)
	digits := concat("", [whole, fraction])

	# The pattern allows `.` and `Ki`, the API server's documentation does not.
	digits != ""
	exponent := object.get(decimal, suffix, 0) + signed(sign_of_power, natural(power))
	places := (9 + exponent) - count(fraction)
}

pattern := `^([+-]?)([0-9]*)\.?([0-9]*)(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?)([0-9]{1,2}))?$`

decimal := {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}

binary := {
	"Ki": 1024,
	"Mi": 1048576,
	"Gi": 1073741824,
	"Ti": 1099511627776,
	"Pi": 1125899906842624,
	"Ei": 1152921504606846976,
}

text(value) := trim_space(value) if is_string(value)

text(value) := json.marshal(value) if is_number(value)

# Without leading zeros: JSON has no number with them, and `to_number` need not take one.
natural(digits) := to_number(trim_left(digits, "0")) if trim_left(digits, "0") != ""

natural(digits) := 0 if trim_left(digits, "0") == ""

signed(sign, number) := number if sign != "-"

signed("-", number) := 0 - number

# number * 10^places for whole numbers. Division and floats are not exact, so digits are appended or cut off as text.
shifted(number, places) := number * to_number(concat("", ["1", substring(zeros, 0, places)])) if {
	places >= 0
	places <= count(zeros)
}

shifted(number, places) := natural(substring(digits, 0, kept)) + rest(substring(digits, kept, -1)) if {
	places < 0
	digits := $"{number}"
	kept := max([0, count(digits) + places])
}

# 10^27 billionths of 1E; beyond 10^30 is no amount of anything.
zeros := "000000000000000000000000000000"

rest(digits) := 1 if trim(digits, "0") != ""

rest(digits) := 0 if trim(digits, "0") == ""
