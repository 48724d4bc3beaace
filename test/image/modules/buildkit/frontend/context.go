package main

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/moby/patternmatcher/ignorefile"
	"github.com/tonistiigi/fsutil"
)

// sent gives the paths, relative to the folder, of the files that a client of BuildKit sends of it.
func sent(ctx context.Context, folder string) ([]string, error) {
	ignored, err := os.Open(filepath.Join(folder, ".dockerignore"))
	if err != nil {
		return nil, err
	}
	defer ignored.Close()
	patterns, err := ignorefile.ReadAll(ignored)
	if err != nil {
		return nil, err
	}
	files := []string{}
	err = fsutil.Walk(ctx, folder, &fsutil.FilterOpt{ExcludePatterns: patterns}, func(path string, info fs.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			files = append(files, filepath.ToSlash(path))
		}
		return err
	})
	return files, err
}
