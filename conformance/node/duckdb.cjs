// Runs the statements of a JSON list on standard input in DuckDB, and prints for each a list of rows, each a list of texts, or null.
const { DuckDBInstance } = require('@duckdb/node-api');

(async () => {
  let input = '';
  for await (const part of process.stdin) input += part;
  const instance = await DuckDBInstance.create(':memory:', { autoinstall_known_extensions: 'false', autoload_known_extensions: 'false' });
  const connection = await instance.connect();
  const results = [];
  for (const statement of JSON.parse(input)) {
    const started = process.hrtime.bigint();
    const reader = await connection.runAndReadAll(statement);
    const seconds = Number(process.hrtime.bigint() - started) / 1e9;
    results.push({
      names: reader.columnNames(), types: reader.columnTypes().map(String), seconds,
      rows: reader.getRowsJson().map((row) => row.map((cell) => (cell === null ? null : String(cell)))),
    });
  }
  process.stdout.write(JSON.stringify(results));
})().catch((err) => {
  console.error(err.message);
  process.exit(1);
});
