import { isSelectEntryEdited, isTextAreaEntryEdited, isTextFieldEntryEdited } from '@bpmn-io/properties-panel';
import { CandidateGroups, Condition, DecisionTable, FormRef, FormVersion, Implementation, ResultVariable, ScriptText, Topic } from './entries.js';

// Camunda attributes that the engine keeps and does not act on: shown, they would promise something.
const NOT_EXECUTED = new Set([
  'ExecutionListener', 'TaskListener', 'ConnectorInput', 'ConnectorOutput', 'FieldInjection', 'JobExecution', 'AsynchronousContinuations',
  'ExternalTask', 'CandidateStarter', 'Tasklist', 'HistoryCleanup', 'StartInitiator', 'FormData', 'ProcessVariables', 'BusinessKey',
].map((name) => `CamundaPlatform__${name}`));

const ENTRIES_NOT_EXECUTED = new Set([
  'candidateUsers', 'followUpDate', 'priority', 'versionTag', 'calledElementTenantId', 'multiInstance-asynchronousBefore', 'multiInstance-asynchronousAfter',
  'multiInstance-asynchronousExclusive', 'multiInstance-retryTimeCycle', 'externalTaskPriority', 'decisionRefTenantId',
]);

const text = (id, component) => ({ id, component, isEdited: isTextFieldEntryEdited });
const area = (id, component) => ({ id, component, isEdited: isTextAreaEntryEdited });
const choice = (id, component) => ({ id, component, isEdited: isSelectEntryEdited });

const TEMPLATES = 'ElementTemplates__Template';

// Groups of which Camunda offers more ways than the engine has: ours instead, one way each.
const OURS = {
  CamundaPlatform__Implementation: () => [choice('office-implementation', Implementation), text('office-topic', Topic), text('office-decision', DecisionTable), text('office-result', ResultVariable)],
  CamundaPlatform__Condition: () => [area('office-condition', Condition)],
  CamundaPlatform__Script: () => [area('office-script', ScriptText), text('office-result', ResultVariable)],
  CamundaPlatform__Form: () => [choice('office-form', FormRef), choice('office-form-version', FormVersion)],
};

// After every other provider, templates included: whatever they add passes here.
const LAST = 100;

class OfficeProperties {
  constructor(propertiesPanel, elementTemplates) {
    propertiesPanel.registerProvider(LAST, this);
    this.templates = elementTemplates;
  }

  getGroups(element) {
    const offered = ({ id }) => !NOT_EXECUTED.has(id) && (id !== TEMPLATES || this.hasTemplate(element));
    return (groups) => groups.filter(offered).map((group) => reduced(group, element)).filter(Boolean);
  }

  hasTemplate(element) {
    return Boolean(this.templates.getLatest(element).length || this.templates.getId(element));
  }
}

OfficeProperties.$inject = ['propertiesPanel', 'elementTemplates'];

function reduced(group, element) {
  if (group.id in OURS) return { ...group, entries: OURS[group.id]().filter(({ component }) => component.appliesTo?.(element) ?? true) };
  if (!group.entries) return group;
  const entries = group.entries.filter(({ id }) => !ENTRIES_NOT_EXECUTED.has(id)).map((entry) => (entry.id === 'candidateGroups' ? { ...entry, component: CandidateGroups } : entry));
  return group.entries.length && !entries.length ? null : { ...group, entries };
}

export const officeProperties = { __init__: ['officeProperties'], officeProperties: ['type', OfficeProperties] };
