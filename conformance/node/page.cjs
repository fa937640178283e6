// Makes one HTML page of the spec: node node/page.cjs openapi.yaml page.html. All operations are in the page itself, so that it can be read, searched and
// printed without scripts. Redoc 2 does this; Redoc 3, which Redocly's command line brings, draws a section at a time.
'use strict';

const fs = require('node:fs');
const { resolve } = require('node:path');
const { createElement } = require('react');
const { renderToString } = require('react-dom/server');
const { ServerStyleSheet } = require('styled-components');
const { createStore, loadAndBundleSpec, Redoc } = require('redoc');

// The page holds all that it needs. The policy keeps the renderer from asking for its logo elsewhere.
const policy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; font-src data:; worker-src blob:";
const options = { hideDownloadButton: true, expandResponses: '200,201' };

async function page(path) {
  const spec = await loadAndBundleSpec(resolve(path));
  const store = await createStore(spec, '', options);
  const sheet = new ServerStyleSheet();
  const content = renderToString(sheet.collectStyles(createElement(Redoc, { store })));
  const inScript = (text) => text.replace(/<(\/?script|!--)/gi, '\\u003c$1');
  const packaged = (name) => fs.readFileSync(resolve(require.resolve('redoc/package.json'), '..', name), 'utf8');
  const licences = `/*!\n${packaged('LICENSE')}*/\n${packaged('bundles/redoc.standalone.js.LICENSE.txt')}`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${spec.info.title}</title>
<style>body { margin: 0 }</style>
${sheet.getStyleTags()}
</head>
<body>
<div id="redoc">${content}</div>
<script>${inScript(licences + packaged('bundles/redoc.standalone.js'))}</script>
<script>Redoc.hydrate(${inScript(JSON.stringify(await store.toJS()))}, document.getElementById('redoc'));</script>
</body>
</html>
`;
}

const [from, to] = process.argv.slice(2);
page(from).then((text) => fs.writeFileSync(to, text));
