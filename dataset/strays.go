package dataset

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// partitionOf takes the path of a partition apart.
func partitionOf(name string) (table, account, month string, ok bool) {
	parts := strings.Split(name, "/")
	if len(parts) != 4 || parts[3] != partitionName {
		return "", "", "", false
	}
	account, hasAccount := strings.CutPrefix(parts[1], accountPrefix)
	month, hasMonth := strings.CutPrefix(parts[2], monthPrefix)
	return parts[0], account, month, hasAccount && hasMonth
}

// findStrays finds files that are not partitions in the folders of tables, because some engines read all that is there.
func (r *run) findStrays(names []string) {
	tables := make(map[string]bool)
	for table := range maps.Values(tableNames) {
		tables[table] = true
	}
	for key := range r.groups {
		tables[key.table] = true
	}
	for _, name := range names {
		if parts := strings.Split(name, "/"); len(parts) > 1 && tables[parts[0]] && !slices.ContainsFunc(parts, isPassedOver) {
			r.problem(fmt.Errorf("%s isn't a file of the data set, and would count in queries: move it away", name))
		}
	}
}

// isPassedOver reports whether engines don't read a file or folder of that name.
func isPassedOver(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")
}
