package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerui"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

type conversion struct {
	Dockerfile string `json:"dockerfile"`
	// Bases has the configuration of each image that a stage begins with, by its full reference.
	Bases    bases             `json:"bases"`
	Platform ocispecs.Platform `json:"platform"`
}

type converted struct {
	// Warnings are a line each.
	Warnings []string `json:"warnings"`
	// Image is the configuration that the last stage gets.
	Image *dockerspec.DockerOCIImage `json:"image"`
}

func convert(ctx context.Context, request conversion) (*converted, error) {
	warnings := []string{}
	result, err := dockerfile2llb.Dockerfile2LLB(ctx, []byte(request.Dockerfile), dockerfile2llb.ConvertOpt{
		// Also the rules that BuildKit has only on request.
		Config:         dockerui.Config{LinterConfig: &linter.Config{ExperimentalAll: true}},
		MetaResolver:   request.Bases,
		TargetPlatform: &request.Platform,
		// A stage that nothing needs may have faults, too.
		AllStages: true,
		Warn: func(rule, _, _, message string, _ []parser.Range) {
			warnings = append(warnings, rule+": "+message)
		},
	})
	if err != nil {
		return nil, err
	}
	return &converted{Warnings: warnings, Image: result.Image}, nil
}

// bases stands for the registries.
type bases map[string]json.RawMessage

func (known bases) ResolveImageConfig(_ context.Context, ref string, _ sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	config, ok := known[ref]
	if !ok {
		return "", "", nil, fmt.Errorf("no base %s", ref)
	}
	return ref, digest.FromBytes(config), config, nil
}
