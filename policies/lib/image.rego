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

# METADATA
# scope: document
# title: Every image that a node pulls for the Pod
# description: |
#   A set: `who` names what the image is for, `field` is its path. An image that is absent or empty is refused by the
#   API server and not listed. Empty where `pod.spec` is undefined.
# custom:
#   example: |
#     pod := {"kind": "Pod", "spec": {"containers": [{"name": "web", "image": "nginx"}]}}
#     some use in image.uses with input as {"request": {"operation": "CREATE", "object": pod}}
#     use == {"who": "container \"web\"", "image": "nginx", "field": "spec.containers[0].image"}
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

# METADATA
# scope: rule
# title: What the images of the Pod are
# description: |
#   By the image as it is written, what `parse` gives: each is read once, however many containers have it. What is no
#   reference is not listed.
# custom:
#   example: |
#     pod := {"kind": "Pod", "spec": {"containers": [{"name": "web", "image": "nginx"}]}}
#     references := image.references with input as {"request": {"operation": "CREATE", "object": pod}}
#     references.nginx.repository == "library/nginx"
references[image] := parse(image) if some image in {use.image | some use in uses}

# METADATA
# scope: rule
# title: The parts of a reference
# description: |
#   Tag and digest are empty where they are not given. Undefined for what is no reference, and for a registry that is no
#   name of a host, such as `my_registry.example.com`: runtimes do not agree where that leads.
# custom:
#   example: |
#     image.parse("nginx") == {"registry": "docker.io", "repository": "library/nginx", "tag": "", "digest": ""}
#     image.parse("localhost:5000/org/web:1.2").registry == "localhost:5000"
#     not image.parse("nginx:1:2")
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

# METADATA
# scope: rule
# title: Whether an image lies below one of several places
# description: |
#   A reference as `parse` gives it, and places such as `docker.io/library`, `ghcr.io/my-org` or
#   `registry.example.com:5000`, compared part by part; `*.example.com` stands for every host one level below. Undefined
#   otherwise.
# custom:
#   example: |
#     image.within(image.parse("ghcr.io/my-org/web:1"), ["ghcr.io/my-org"])
#     image.within(image.parse("eu.example.com/web"), ["*.example.com"])
#     not image.within(image.parse("ghcr.io/my-org-evil/web"), ["ghcr.io/my-org"])
within(reference, places) if {
	some host in {reference.registry, sibling(reference.registry)}
	some place in places
	startswith($"{host}/{reference.repository}/", $"{place}/")
}

# `web.example.com` as `*.example.com`; a registry without a dot stands for itself.
sibling(registry) := $"*{substring(registry, indexof(registry, "."), -1)}" if contains(registry, ".")

sibling(registry) := registry if not contains(registry, ".")
