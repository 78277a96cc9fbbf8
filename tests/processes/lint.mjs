// Lints diagrams with the designer's own rules and prints what it finds as JSON: {file: [{rule, id, message}]}.
import { readFileSync } from 'node:fs';
import { Linter } from 'bpmnlint';
import { BpmnModdle } from 'bpmn-moddle';
import camunda from 'camunda-bpmn-moddle/resources/camunda.json' with { type: 'json' };
import { config, resolver } from '../../web/assets/designer/lint.js';

const found = {};
for (const file of process.argv.slice(2)) {
  const moddle = new BpmnModdle({ camunda });
  const { rootElement, warnings } = await moddle.fromXML(readFileSync(file, 'utf8'));
  const reports = await new Linter({ config, resolver }).lint(rootElement);
  found[file] = [
    ...warnings.map((warning) => ({ rule: 'import', message: warning.message })),
    ...Object.entries(reports).flatMap(([rule, list]) => list.map(({ id, message }) => ({ rule, id, message }))),
  ];
}
console.log(JSON.stringify(found));
