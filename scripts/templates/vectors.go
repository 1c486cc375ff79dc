// Fills in what the real text/template makes of the cases in test/vectors/templates: go run scripts/templates/vectors.go FILE…
// Only for whoever adds cases; the project itself needs no Go.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"text/template"
)

type result struct {
	Output *string `json:"output,omitempty"`
	Error  string  `json:"error,omitempty"`
	Line   int     `json:"line,omitempty"`
}

type vector struct {
	ID         string             `json:"id"`
	System     string             `json:"system,omitempty"`
	MissingKey string             `json:"missingKey,omitempty"`
	Template   string             `json:"template"`
	Data       string             `json:"data,omitempty"`
	Inputs     *map[string]string `json:"inputs,omitempty"`
	Go         result             `json:"go"`
}

type file struct {
	Strings map[string]string `json:"strings,omitempty"`
	Any     any               `json:"any,omitempty"`
	Vectors []vector          `json:"vectors"`
}

// The functions that each system registers, and when.
func functions(system string) template.FuncMap {
	decoding := func(format string, inputs ...string) string {
		values := []any{}
		for _, input := range inputs {
			var text string
			if json.Unmarshal([]byte(input), &text) != nil {
				panic("not a JSON text")
			}
			values = append(values, text)
		}
		return fmt.Sprintf(format, values...)
	}
	plain := func(format string, inputs ...string) string {
		values := []any{}
		for _, input := range inputs {
			values = append(values, input)
		}
		return fmt.Sprintf(format, values...)
	}
	switch system {
	case "lilypad":
		return template.FuncMap{"subst": decoding}
	case "coophive":
		return template.FuncMap{"subst": plain, "subt": plain}
	}
	return template.FuncMap{}
}

var place = regexp.MustCompile(`^template: root:(\d+)`)

func failed(kind string, err error) result {
	r := result{Error: kind}
	if m := place.FindStringSubmatch(err.Error()); m != nil {
		r.Line, _ = strconv.Atoi(m[1])
	}
	return r
}

func run(f file, v vector) result {
	t := template.New("root").Funcs(functions(v.System))
	if v.MissingKey == "error" {
		t = t.Option("missingkey=error")
	}
	t, err := t.Parse(v.Template)
	if err != nil {
		return failed("parse", err)
	}
	data := f.Any
	if v.Data == "strings" {
		data = f.Strings
	}
	if v.Inputs != nil {
		encoded := map[string]string{}
		for key, value := range *v.Inputs {
			bytes, _ := json.Marshal(value)
			encoded[key] = string(bytes)
		}
		data = encoded
	}
	var out bytes.Buffer
	if err := t.Execute(&out, data); err != nil {
		return failed("exec", err)
	}
	text := strings.ToValidUTF8(out.String(), "\uFFFD")
	if v.Inputs != nil {
		var decoded any
		if err := json.Unmarshal(out.Bytes(), &decoded); err != nil {
			return result{Output: &text, Error: "json"}
		}
	}
	return result{Output: &text}
}

func main() {
	for _, path := range os.Args[1:] {
		bytesIn, err := os.ReadFile(path)
		if err != nil {
			panic(err)
		}
		var f file
		if err := json.Unmarshal(bytesIn, &f); err != nil {
			panic(err)
		}
		lines := []string{}
		for _, v := range f.Vectors {
			v.Go = run(f, v)
			lines = append(lines, text(v))
		}
		f.Vectors = nil
		head := strings.TrimSuffix(text(f), "\"vectors\":null}")
		out := head + "\"vectors\":[\n" + strings.Join(lines, ",\n") + "\n]}\n"
		if err := os.WriteFile(path, []byte(out), 0o644); err != nil {
			panic(err)
		}
	}
}

func text(value any) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err)
	}
	return strings.TrimSpace(out.String())
}
