package openapispec

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/amazonpay-go/payreports"
)

// Form is how the description is published. The zero Form is openapi.yaml as it is: OpenAPI 3.0.3 with references.
type Form struct {
	// V31 makes it OpenAPI 3.1, whose schemas are JSON Schema.
	V31 bool
	// Dereferenced puts what a reference names in its place, for tools that don't follow references.
	Dereferenced bool
}

// YAML returns the description in a form.
func YAML(form Form) ([]byte, error) {
	if form == (Form{}) {
		return []byte(payreports.Spec()), nil
	}
	document, err := publish(form)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	if err := encoder.Encode(document); err != nil {
		return nil, fmt.Errorf("openapispec: %w", err)
	}
	return text.Bytes(), encoder.Close()
}

// Values returns the description in a form as maps, lists and scalars, to be written as JSON.
func Values(form Form) (any, error) {
	document, err := publish(form)
	if err != nil {
		return nil, err
	}
	return valueOf(document)
}

func publish(form Form) (*yaml.Node, error) {
	var file yaml.Node
	if err := yaml.Unmarshal([]byte(payreports.Spec()), &file); err != nil {
		return nil, fmt.Errorf("openapispec: openapi.yaml can't be parsed: %w", err)
	}
	document := file.Content[0]
	if form.V31 {
		member(document, "openapi").Value = "3.1.0"
		upgrade(document, false)
	}
	if form.Dereferenced {
		return dereference(document, document, nil)
	}
	return document, nil
}

// member returns the value of a mapping's key, nil if it has none.
func member(node *yaml.Node, key string) *yaml.Node {
	if node.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i < len(node.Content); i += 2 {
		if node.Content[i].Value == key {
			return node.Content[i+1]
		}
	}
	return nil
}

// schemaMaps hold schemas by name, and schemaKeys hold a schema or a list of them.
var (
	schemaMaps = []string{"properties", "schemas"}
	schemaKeys = []string{"schema", "items", "additionalProperties", "allOf", "oneOf", "anyOf", "not"}
)

// upgrade changes what OpenAPI 3.1 writes in another way, within schemas: a type that may be null, and examples.
func upgrade(node *yaml.Node, isSchema bool) {
	switch node.Kind {
	case yaml.SequenceNode:
		for _, item := range node.Content {
			upgrade(item, isSchema)
		}
	case yaml.MappingNode:
		if isSchema {
			upgradeSchema(node)
		}
		for i := 0; i < len(node.Content); i += 2 {
			key, value := node.Content[i].Value, node.Content[i+1]
			switch {
			case isExample(key):
			case slices.Contains(schemaMaps, key) && value.Kind == yaml.MappingNode:
				for j := 1; j < len(value.Content); j += 2 {
					upgrade(value.Content[j], true)
				}
			default:
				upgrade(value, slices.Contains(schemaKeys, key))
			}
		}
	}
}

// isExample reports whether a key holds examples, whose members are not those of a description.
func isExample(key string) bool { return key == "example" || key == "examples" || key == "value" }

func upgradeSchema(schema *yaml.Node) {
	var content []*yaml.Node
	for i := 0; i < len(schema.Content); i += 2 {
		key, value := schema.Content[i], schema.Content[i+1]
		switch {
		case key.Value == "nullable":
			continue
		case key.Value == "type" && member(schema, "nullable") != nil && member(schema, "nullable").Value == "true":
			value = &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle, Content: []*yaml.Node{value, {Kind: yaml.ScalarNode, Tag: "!!str", Value: "null", Style: yaml.SingleQuotedStyle}}}
		case key.Value == "example":
			key = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: "examples"}
			value = &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{value}}
		}
		content = append(content, key, value)
	}
	schema.Content = content
}

// dereference returns a copy of a node in which no reference is left. A reference that leads back to itself is an error.
func dereference(document, node *yaml.Node, within []string) (*yaml.Node, error) {
	if reference := member(node, "$ref"); reference != nil {
		name := reference.Value
		if slices.Contains(within, name) {
			return nil, fmt.Errorf("openapispec: %s leads back to itself, so it can't be put in its own place", name)
		}
		target := document
		path, local := strings.CutPrefix(name, "#/")
		for part := range strings.SplitSeq(path, "/") {
			if target = member(target, part); target == nil || !local {
				return nil, fmt.Errorf("openapispec: the reference %s leads nowhere", name)
			}
		}
		return dereference(document, target, append(slices.Clone(within), name))
	}
	result := *node
	result.Content = make([]*yaml.Node, len(node.Content))
	for i, child := range node.Content {
		var err error
		if result.Content[i], err = dereference(document, child, within); err != nil {
			return nil, err
		}
	}
	return &result, nil
}

// valueOf returns what a node holds. A time stays the text that it is.
func valueOf(node *yaml.Node) (any, error) {
	switch node.Kind {
	case yaml.MappingNode:
		values := make(map[string]any, len(node.Content)/2)
		for i := 0; i < len(node.Content); i += 2 {
			value, err := valueOf(node.Content[i+1])
			if err != nil {
				return nil, err
			}
			values[node.Content[i].Value] = value
		}
		return values, nil
	case yaml.SequenceNode:
		values := make([]any, len(node.Content))
		for i, child := range node.Content {
			var err error
			if values[i], err = valueOf(child); err != nil {
				return nil, err
			}
		}
		return values, nil
	case yaml.ScalarNode:
		if tag := node.ShortTag(); tag == "!!str" || tag == "!!timestamp" {
			return node.Value, nil
		}
		var value any
		err := node.Decode(&value)
		return value, err
	default:
		return nil, errors.New("openapispec: openapi.yaml has an anchor or an alias")
	}
}
