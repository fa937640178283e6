// Package dataset makes Parquet of the reports of a mirror, for DuckDB, Spark, Trino, Athena, BigQuery and everything else that
// reads it. [Write] brings a data set up to date: it writes the partitions whose reports are new or have changed, and leaves the
// others alone. docs/data-set.md has the columns, and SQL for each engine.
//
// # Layout
//
//	settlements/account=<account>/month=<YYYY-MM>/data.parquet
//	sandbox_settlements/…
//	refunds/…
//	captures/…, authorizations/…, order_references/…, billing_agreements/…, multi_currency_payments/…
//	manifest.json
//
// Each table has a folder, and account and month are partitions in the way of Hive. The account is that of account=<account> in
// the mirror, percent-encoded as there, or [DefaultAccount] for reports that are not below such a folder.
//
// The month of a row is the month in which it was posted, by the calendar of the row's own offset from UTC, as in the file. The
// month of a refund's row is that of its last update. So a report whose rows fall in two months is part of two partitions. In the
// other tables, whose cells are text as it stands in the file, the month is that of the end of the report's period, in UTC.
//
// # Rows
//
// Rows are in the order of the reports' paths, and then as in the file. A row has report_id and line, so that it can be found in
// its report. Amounts are exact: DECIMAL(38,9). An amount with more decimals is an error. A column that this package doesn't know
// is kept in other_columns, as JSON.
//
// Nothing counts twice: a file that is the same as another of its account is left out, and two files that hold the same settlement are an
// error, also in two accounts.
// Refund reports of overlapping periods repeat rows, and a refund has a row for each of its states: docs/data-set.md shows how to
// take the last one.
//
// # Safety
//
// A partition is one file, which is replaced whole. In a directory it is synced to the disk before it gets its name, so that a run
// that is killed leaves the old partition or the new one. The next run removes the temporary files. A lock keeps two runs apart. In
// an object store an object appears whole, and there is no lock: of two runs at once the last one wins for each partition, and the
// next run mends what it took from an older list of reports.
//
// A partition holds the list of its reports with their hashes in its key-value metadata. The same reports give the same bytes,
// whatever was there before, as long as this module's version is the same.
//
// A settlement that doesn't add up is part of the data set, and an error in each run: see [UnbalancedError].
//
// A report that can't be read, or that isn't the file that was downloaded, keeps all partitions that it is part of as they are. So
// does a report that has vanished since they were written; see Options.Prune.
package dataset
