# METADATA
# title: Images of a pod spec
# description: |
#   Which images a pod spec names, and how container runtimes read a name: `nginx` is `docker.io/library/nginx`, and the
#   part before the first slash is a registry only if it holds a dot, a colon or an upper-case letter or is `localhost`.
# related_resources:
#   - ref: https://github.com/distribution/reference
#     description: How Kubernetes, containerd and Docker read a reference (ParseNormalizedNamed)
package lib.image

import data.lib.pod

# Every image that a node pulls for the Pod: `who` names what it is for, `field` is its path. One that is absent or
# empty is refused by the API server and not listed.
uses contains {"who": pod.describe(list, container), "image": container.image, "field": field} if {
	some list, containers in pod.containers
	some i, container in containers
	not container.image in {null, ""}
	field := pod.container_field(list, i, "image")
}

uses contains {"who": $"volume \"{object.get(volume, "name", "")}\"", "image": reference, "field": field} if {
	some i, volume in pod.spec.volumes
	reference := volume.image.reference
	not reference in {null, ""}
	field := $"{pod.field}.volumes[{i}].image.reference"
}

# Each image is read once, however many containers have it.
references[image] := parse(image) if some image in {use.image | some use in uses}

# For example `{"registry": "ghcr.io", "repository": "org/web", "tag": "1.2", "digest": "sha256:…"}`; tag and digest are
# empty where they are not given. Undefined for what is no reference, and for a registry that is no name of a host, such
# as `my_registry.example.com`: runtimes do not agree where that leads.
parse(image) := {"registry": registry, "repository": repository, "tag": tag, "digest": digest} if {
	count(image) <= longest
	not regex.match(identifier, image)
	some [_, registry, repository, tag, digest] in regex.find_all_string_submatch_n(pattern, qualified(image), 1)
	count(repository) <= 255
	count(tag) <= 128
	valid_digest(digest)
}

# Registry, repository, tag and digest at their longest: bounds the work.
longest := 1024

# What reads as a digest is none: a runtime would take it for the ID of any image that lies on the node.
identifier := `^(?:[a-f0-9]{64}|sha(?:256|384|512):[a-f0-9]+)$`

pattern := concat("", [
	`^(`,
	`(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[A-Fa-f0-9:]+\])(?::[0-9]+)?`,
	`)/(`,
	`[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*`,
	`)(?::([A-Za-z0-9_][A-Za-z0-9_.-]*))?(?:@([a-z0-9]+:[a-f0-9]+))?$`,
])

# With its registry, and with `library` for the official images of Docker Hub.
qualified(image) := $"docker.io/library/{image}" if not contains(image, "/")

qualified(image) := qualified_at(image, indexof(image, "/")) if contains(image, "/")

qualified_at(image, slash) := on_docker_hub(substring(image, slash + 1, -1)) if {
	substring(image, 0, slash) in {"docker.io", "index.docker.io"}
} else := image if {
	is_registry(substring(image, 0, slash))
} else := $"docker.io/{image}"

on_docker_hub(rest) := $"docker.io/library/{rest}" if not contains(rest, "/")

on_docker_hub(rest) := $"docker.io/{rest}" if contains(rest, "/")

is_registry("localhost")

is_registry(part) if contains(part, ".")

is_registry(part) if contains(part, ":")

is_registry(part) if lower(part) != part

digits := {"sha256": 64, "sha384": 96, "sha512": 128}

valid_digest("")

valid_digest(digest) if {
	[algorithm, hex] := split(digest, ":")
	count(hex) == digits[algorithm]
}
