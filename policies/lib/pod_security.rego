# METADATA
# title: Pod Security Standards
# description: |
#   By which version and level of the standards a request is judged, and which rule reports what is found. Policies say
#   only what they check. The parameters `version`, `level`, `label` and `workloads` mean what the policies' METADATA
#   says; with `label` the labels of the namespace are read as the API server's own Pod Security admission reads them.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/security/pod-security-admission/
#     description: Pod Security Admission, the namespace labels
package lib.pod_security

# The last minor version of Kubernetes that changed a check: v1.37. Whatever is newer is this.
newest := 37

default parameters := {}

parameters := input.parameters

# METADATA
# scope: document
# title: Whether the rule `deny` reports what is found
# description: |
#   What it leads to is what the binding says. Undefined otherwise.
# custom:
#   example: |
#     pod_security.denies with input as {"request": {"object": {"kind": "Pod"}}}
denies if {
	reported == "deny"
	level != "privileged"
}

# METADATA
# scope: document
# title: Whether the rule `warn` reports what is found
# description: |
#   Undefined otherwise.
# custom:
#   example: |
#     deployment := {"request": {"object": {"kind": "Deployment"}}, "parameters": {"workloads": "warn"}}
#     pod_security.warns with input as deployment
warns if {
	reported == "warn"
	level != "privileged"
}

reported := "deny" if input.request.object.kind == "Pod"

reported := object.get(parameters, "workloads", usual) if input.request.object.kind != "Pod"

# The API server enforces on Pods alone: it warns of workloads, and records them for the audit.
default usual := "deny"

usual := "warn" if parameters.label in {"enforce", "warn"}

# METADATA
# scope: document
# title: The level by which the request is judged
# description: |
#   `privileged`, `baseline`, `restricted`, or `any` where none was chosen and every check stands for itself.
# custom:
#   example: |
#     pod_security.level == "any" with input as {"request": {"object": {"kind": "Pod"}}}
level := object.get(parameters, "level", "any") if {
	not parameters.label
} else := "restricted" if {
	# Nothing is let in because something is not known.
	label == "enforce"
	not known
} else := said if {
	weaker[said]
} else := "restricted" if {
	label == "enforce"
	said != null
} else := "privileged" if {
	said != null
} else := labels[level_labels.enforce] if {
	inherits
} else := usual_level

# METADATA
# scope: document
# title: Whether the checks of the level restricted apply
# description: |
#   Undefined otherwise.
# custom:
#   example: |
#     baseline := {"request": {"object": {"kind": "Pod"}}, "parameters": {"level": "baseline"}}
#     not pod_security.restricted with input as baseline
restricted if level in {"any", "restricted"}

# METADATA
# scope: document
# title: The minor version of the standards
# custom:
#   example: |
#     fixed := {"request": {"object": {"kind": "Pod"}}, "parameters": {"version": "v1.35"}}
#     pod_security.minor == 35 with input as fixed
minor := minor_of(said_version) if {
	said_version != null
} else := minor_of(labels[version_labels.enforce]) if {
	inherits
} else := usual_minor

# What is no version is read as the newest.
minor_of(version) := to_number(digits) if {
	digits := trim_prefix(version, "v1.")
	digits != version
	trim(digits, "0123456789") == ""
	digits in {"0", trim_left(digits, "0")}
} else := newest

usual_level := object.get(parameters, "level", "privileged")

usual_minor := minor_of(parameters.version)

usual_minor := newest if not parameters.version

# The levels that are less strict than each.
weaker := {
	"privileged": set(),
	"baseline": {"privileged"},
	"restricted": {"privileged", "baseline"},
}

# Whether it is known what the namespace says.
known if is_object(input.namespaceObject)

labels := object.get(input.namespaceObject, ["metadata", "labels"], {})

# Users are warned of workloads: by the label for warnings.
label := parameters.label if reported == "deny"

label := "warn" if {
	parameters.label
	reported == "warn"
}

# What the namespace says; null if it has no such label, undefined if it is not known.
said := object.get(labels, level_labels[label], null)

said_version := object.get(labels, version_labels[label], null)

level_labels := {
	"enforce": "pod-security.kubernetes.io/enforce",
	"audit": "pod-security.kubernetes.io/audit",
	"warn": "pod-security.kubernetes.io/warn",
}

version_labels := {
	"enforce": "pod-security.kubernetes.io/enforce-version",
	"audit": "pod-security.kubernetes.io/audit-version",
	"warn": "pod-security.kubernetes.io/warn-version",
}

# Warnings are at least of the level that is enforced, unless the namespace says otherwise.
inherits if {
	label == "warn"
	said == null
	usual_level in weaker[labels[level_labels.enforce]]
}

# METADATA
# scope: document
# title: The type of a seccomp or AppArmor profile
# description: |
#   Null where it has none, which is not allowed.
# custom:
#   example: |
#     pod_security.profile_type({"type": "RuntimeDefault"}) == "RuntimeDefault"
#     pod_security.profile_type(null) == null
default profile_type(_) := null

profile_type(profile) := profile.type
