import conditionalFlows from 'bpmnlint/rules/conditional-flows.js';
import endEventRequired from 'bpmnlint/rules/end-event-required.js';
import eventBasedGateway from 'bpmnlint/rules/event-based-gateway.js';
import eventSubProcess from 'bpmnlint/rules/event-sub-process-typed-start-event.js';
import linkEvent from 'bpmnlint/rules/link-event.js';
import noComplexGateway from 'bpmnlint/rules/no-complex-gateway.js';
import noDisconnected from 'bpmnlint/rules/no-disconnected.js';
import noDuplicateFlows from 'bpmnlint/rules/no-duplicate-sequence-flows.js';
import noOverlapping from 'bpmnlint/rules/no-overlapping-elements.js';
import singleBlankStart from 'bpmnlint/rules/single-blank-start-event.js';
import singleEventDefinition from 'bpmnlint/rules/single-event-definition.js';
import startEventRequired from 'bpmnlint/rules/start-event-required.js';
import subProcessStart from 'bpmnlint/rules/sub-process-blank-start-event.js';
import superfluousGateway from 'bpmnlint/rules/superfluous-gateway.js';
import candidateGroups from './rules/candidate-groups.js';
import named from './rules/named.js';

// Only what the engine would refuse is an error; what it runs, but readers stumble over, is a warning.
// Not here on purpose: fake-join and the implicit rules forbid what the engine runs as drawn.
const RULES = {
  'candidate-groups': ['error', candidateGroups],
  'conditional-flows': ['error', conditionalFlows],
  'end-event-required': ['error', endEventRequired],
  'event-based-gateway': ['error', eventBasedGateway],
  'event-sub-process-typed-start-event': ['error', eventSubProcess],
  'label-required': ['warn', named],
  'link-event': ['error', linkEvent],
  'no-complex-gateway': ['error', noComplexGateway],
  'no-disconnected': ['warn', noDisconnected],
  'no-duplicate-sequence-flows': ['error', noDuplicateFlows],
  'no-overlapping-elements': ['warn', noOverlapping],
  'single-blank-start-event': ['error', singleBlankStart],
  'single-event-definition': ['error', singleEventDefinition],
  'start-event-required': ['error', startEventRequired],
  'sub-process-blank-start-event': ['error', subProcessStart],
  'superfluous-gateway': ['warn', superfluousGateway],
};

export const config = { rules: Object.fromEntries(Object.entries(RULES).map(([name, [severity]]) => [name, severity])) };
export const resolver = { resolveRule: (_package, name) => RULES[name][1], resolveConfig: () => ({ rules: {} }) };
