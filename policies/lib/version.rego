# METADATA
# title: Versions of Kubernetes
# description: |
#   Versions as components and vendors write them: `v1.36.2`, `1.36`, `1.36+`, `v1.34.4-eks-3abbec1`,
#   `1.25.3-gke.100+abc`, for example in `status.nodeInfo.kubeletVersion` of a Node.
# related_resources:
#   - ref: https://kubernetes.io/releases/version-skew-policy/
#     description: Version skew policy
#   - ref: https://semver.org
#     description: Semantic Versioning
package lib.version

# METADATA
# scope: rule
# title: The parts of a version
# description: |
#   Major and minor must be there, an absent patch is 0; prerelease and build are empty where they are not given.
#   Undefined for what is no version.
# custom:
#   example: |
#     version.parse("1.25.3-gke.100+abc") == {"major": 1, "minor": 25, "patch": 3, "prerelease": "gke.100", "build": "abc"}
#     version.parse("v1.25").minor == 25
#     not version.parse("latest")
parse(version) := {
	"major": to_number(major),
	"minor": to_number(minor),
	"patch": number(patch),
	"prerelease": prerelease,
	"build": build,
} if {
	count(version) <= longest
	some [_, major, minor, patch, prerelease, build] in regex.find_all_string_submatch_n(pattern, version, -1)
}

# Far more than anybody writes; bounds the work.
longest := 256

# A plus without anything behind it is what some providers write for "and more".
pattern := concat("", [
	`^v?(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})(?:\.(0|[1-9][0-9]{0,8}))?`,
	`(?:-((?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*))?`,
	`(?:\+((?:[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?))?$`,
])

number(digits) := 0 if {
	digits == ""
} else := to_number(digits)

# METADATA
# scope: rule
# title: Which of two versions comes first
# description: |
#   -1 if the first is older, 0 if they are the same, 1 if it is newer, by Semantic Versioning: what has a prerelease is
#   older than what has none, which the additions of vendors (`-gke.100`) are taken for too, and the build does not count.
#   Undefined if one of them is no version.
# custom:
#   example: |
#     version.compare("v1.9.0", "v1.10.0") == -1
#     version.compare("1.36", "v1.36.0+build5") == 0
#     version.compare("v1.36.0", "v1.36.0-rc.1") == 1
compare(version, other) := semver.compare(semantic(parse(version)), semantic(parse(other)))

semantic(parts) := $"{parts.major}.{parts.minor}.{parts.patch}" if parts.prerelease == ""

semantic(parts) := $"{parts.major}.{parts.minor}.{parts.patch}-{parts.prerelease}" if parts.prerelease != ""

# METADATA
# scope: rule
# title: How many minor versions lie between two versions
# description: |
#   Negative if the first is older. Undefined if the major versions differ or one of them is no version.
# custom:
#   example: |
#     version.skew("v1.36.2", "v1.33.9") == 3
#     version.skew("v1.33", "v1.36") == -3
#     not version.skew("v2.0", "v1.36")
skew(version, other) := parse(version).minor - parse(other).minor if parse(version).major == parse(other).major
