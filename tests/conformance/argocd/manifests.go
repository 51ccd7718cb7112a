package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
)

// Manifests are the objects of one Argo CD instance, as Argo CD's own types.
type Manifests struct {
	ApplicationSets []*v1alpha1.ApplicationSet
	Projects        []*v1alpha1.AppProject
	Applications    []*v1alpha1.Application
	ConfigMaps      []*corev1.ConfigMap
	Secrets         []*corev1.Secret
}

// readManifests reads every *.yaml of the folders. A field that Argo CD's types do not know is an error, and so is a
// kind that no instance is given: either would be a manifest that does less than it says.
func readManifests(from []string) (*Manifests, error) {
	manifests := &Manifests{}
	for _, folder := range from {
		paths, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
		if err != nil {
			return nil, err
		}
		if len(paths) == 0 {
			return nil, fmt.Errorf("%s holds no *.yaml", folder)
		}
		for _, path := range paths {
			if err := manifests.readFile(path); err != nil {
				return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
			}
		}
	}
	if len(manifests.ApplicationSets) == 0 {
		return nil, errors.New("there is no ApplicationSet")
	}
	slices.SortFunc(manifests.ApplicationSets, func(a, b *v1alpha1.ApplicationSet) int {
		return bytes.Compare([]byte(a.Name), []byte(b.Name))
	})
	for _, set := range manifests.ApplicationSets {
		set.UID = types.UID("uid-of-" + set.Name) // owner references hold it; the same in every run
	}
	return manifests, nil
}

func (m *Manifests) readFile(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	documents := utilyaml.NewDocumentDecoder(file)
	defer documents.Close()
	document := make([]byte, 3<<20) // what the API server takes at most; a longer one gives io.ErrShortBuffer
	for {
		size, err := documents.Read(document)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := m.add(document[:size]); err != nil {
			return err
		}
	}
}

func (m *Manifests) add(document []byte) error {
	var kind metav1.TypeMeta
	if err := yaml.Unmarshal(document, &kind); err != nil {
		return err
	}
	switch kind.APIVersion + " " + kind.Kind {
	case "argoproj.io/v1alpha1 ApplicationSet":
		return read(document, &m.ApplicationSets)
	case "argoproj.io/v1alpha1 AppProject":
		return read(document, &m.Projects)
	case "argoproj.io/v1alpha1 Application":
		return read(document, &m.Applications)
	case "v1 ConfigMap":
		return read(document, &m.ConfigMaps)
	case "v1 Secret":
		if err := read(document, &m.Secrets); err != nil {
			return err
		}
		// The API server does this; the fake client does not.
		secret := m.Secrets[len(m.Secrets)-1]
		for key, value := range secret.StringData {
			if secret.Data == nil {
				secret.Data = map[string][]byte{}
			}
			secret.Data[key] = []byte(value)
		}
		secret.StringData = nil
		return nil
	default:
		return fmt.Errorf("%s %q is nothing that an instance is given", kind.APIVersion, kind.Kind)
	}
}

func read[T any](document []byte, into *[]*T) error {
	object := new(T)
	if err := yaml.UnmarshalStrict(document, object); err != nil {
		return err
	}
	*into = append(*into, object)
	return nil
}

// overridePlugin sets those keys that are not empty in every ConfigMap that a plugin generator could be pointed at.
func (m *Manifests) overridePlugin(values map[string]string) {
	for _, configMap := range m.ConfigMaps {
		if _, plugin := configMap.Data["baseUrl"]; !plugin {
			continue
		}
		for key, value := range values {
			if value != "" {
				configMap.Data[key] = value
			}
		}
	}
}

// addApplications adds those that an earlier run printed; without a path, none.
func (m *Manifests) addApplications(path string) error {
	if path == "" {
		return nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	earlier := []*v1alpha1.Application{}
	if err := json.Unmarshal(data, &earlier); err != nil {
		return err
	}
	for _, application := range earlier {
		// Applied once more, what is in the cluster stays as it is: these are there first.
		m.Applications = slices.DeleteFunc(m.Applications, func(other *v1alpha1.Application) bool {
			return other.Name == application.Name && other.Namespace == application.Namespace
		})
		application.ResourceVersion = ""
		m.Applications = append(m.Applications, application)
	}
	return nil
}
