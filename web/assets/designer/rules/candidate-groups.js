/** A user task must say who does it: a person, groups, or the lane it stands in. */
export default function candidateGroups() {
  return {
    check(node, reporter) {
      if (node.$type !== 'bpmn:UserTask' || node.get('camunda:candidateGroups') || node.get('camunda:assignee') || standsInLane(node)) return;
      reporter.report(node.id, 'User task needs an assignee or candidate groups', ['camunda:candidateGroups']);
    },
  };
}

function standsInLane(node) {
  for (let scope = node.$parent; scope; scope = scope.$parent) if (lanesOf(scope).some((lane) => holds(lane, node))) return true;
  return false;
}

const lanesOf = (scope) => (scope.laneSets ?? []).flatMap((set) => set.lanes ?? []);

function holds(lane, node) {
  return Boolean(lane.name && lane.flowNodeRef?.includes(node)) || (lane.childLaneSet?.lanes ?? []).some((child) => holds(child, node));
}
