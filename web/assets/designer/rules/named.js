import labelRequired from 'bpmnlint/rules/label-required.js';

/** What people do, wait for or decide has a name; a plain start or end says nothing that the drawing does not show. */
export default function named() {
  const { check } = labelRequired();
  return {
    check(node, reporter) {
      if (!isPlainEnd(node)) check(node, reporter);
    },
  };
}

function isPlainEnd(node) {
  return (node.$type === 'bpmn:StartEvent' || node.$type === 'bpmn:EndEvent') && !node.eventDefinitions?.length;
}
