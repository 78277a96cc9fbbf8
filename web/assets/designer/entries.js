import { SelectEntry, TextAreaEntry, TextFieldEntry } from '@bpmn-io/properties-panel';
import { getBusinessObject, is } from 'bpmn-js/lib/util/ModelUtil';
import { useService } from 'bpmn-js-properties-panel';

/** The entries of the properties panel that differ from Camunda's: one way to say each thing the engine executes. */

function attribute(component, { id, label, name, description = '', options = null }) {
  function Entry({ element }) {
    const modeling = useService('modeling');
    const translate = useService('translate');
    const debounce = useService('debounceInput');
    const known = useService('config.officeProperties') ?? {};
    return component({
      element,
      id,
      debounce,
      label: translate(label),
      description: typeof description === 'function' ? description(known, translate) : translate(description),
      getValue: () => getBusinessObject(element).get(name) ?? '',
      setValue: (value) => modeling.updateProperties(element, { [name]: value || undefined }),
      ...(options ? { getOptions: () => options(known, translate, getBusinessObject(element).get(name)) } : {}),
    });
  }
  return Entry;
}

export const CandidateGroups = attribute(TextFieldEntry, {
  id: 'candidateGroups',
  label: 'Candidate groups',
  name: 'camunda:candidateGroups',
  description: ({ roles = {} }, translate) => {
    const names = Object.entries(roles).map(([role, title]) => `${role} ${title}`).join('，');
    return translate(names ? 'Roles: {roles}' : 'Which office or role does this; several separated by commas.', { roles: names });
  },
});

export const Topic = attribute(TextFieldEntry, { id: 'office-topic', label: 'Topic of the operation', name: 'camunda:topic' });
export const DecisionTable = attribute(TextFieldEntry, { id: 'office-decision', label: 'Decision table', name: 'camunda:decisionRef' });
export const ResultVariable = attribute(TextFieldEntry, { id: 'office-result', label: 'Result variable', name: 'camunda:resultVariable' });

/** A form by its key; where the server named its forms, one of them, and the one already there even if it is unknown. */
export const FormRef = attribute(SelectEntry, {
  id: 'office-form',
  label: 'Form',
  name: 'camunda:formRef',
  options: ({ forms = [] }, translate, current) => {
    const listed = forms.some(({ key }) => key === current) || !current ? forms : [{ key: current, title: current }, ...forms];
    return [{ value: '', label: translate('<none>') }, ...listed.map(({ key, title }) => ({ value: key, label: title }))];
  },
});

export const FormVersion = attribute(SelectEntry, {
  id: 'office-form-version',
  label: 'Form version',
  name: 'camunda:formRefBinding',
  options: (_known, translate) => [
    { value: '', label: translate('deployment') },
    { value: 'latest', label: translate('latest') },
  ],
});
FormVersion.appliesTo = (element) => Boolean(getBusinessObject(element).get('camunda:formRef'));

const runs = (element) => {
  const business = getBusinessObject(element);
  if (business.get('camunda:decisionRef') !== undefined) return 'decision';
  return business.get('camunda:type') === 'external' ? 'operation' : '';
};

/** Operation of the system or decision table: which of the two a task is. */
export function Implementation({ element }) {
  const modeling = useService('modeling');
  const translate = useService('translate');
  const decides = is(element, 'bpmn:BusinessRuleTask');
  return SelectEntry({
    element,
    id: 'office-implementation',
    label: translate('Implemented by'),
    getValue: () => runs(element),
    setValue: (value) => modeling.updateProperties(element, {
      'camunda:type': value === 'operation' ? 'external' : undefined,
      'camunda:topic': value === 'operation' ? '' : undefined,
      ...(decides ? { 'camunda:decisionRef': value === 'decision' ? '' : undefined } : {}),
    }),
    getOptions: () => [
      { value: '', label: translate('<none>') },
      { value: 'operation', label: translate('Operation of the system') },
      ...(decides ? [{ value: 'decision', label: translate('Decision table') }] : []),
    ],
  });
}

Topic.appliesTo = (element) => runs(element) === 'operation';
DecisionTable.appliesTo = (element) => runs(element) === 'decision';
ResultVariable.appliesTo = (element) => is(element, 'bpmn:ScriptTask') || runs(element) === 'decision';

/** The condition of a flow, as FEEL; empty means no condition. */
export function Condition({ element }) {
  const modeling = useService('modeling');
  const bpmnFactory = useService('bpmnFactory');
  const translate = useService('translate');
  return TextAreaEntry({
    element,
    id: 'office-condition',
    label: translate('Condition (FEEL)'),
    description: translate('True takes this flow. Example: score < 60'),
    debounce: useService('debounceInput'),
    monospace: true,
    getValue: () => getBusinessObject(element).get('conditionExpression')?.body ?? '',
    setValue: (value) => modeling.updateProperties(element, { conditionExpression: value ? bpmnFactory.create('bpmn:FormalExpression', { body: value }) : undefined }),
  });
}

/** A script task holds one FEEL expression. */
export function ScriptText({ element }) {
  const modeling = useService('modeling');
  const translate = useService('translate');
  return TextAreaEntry({
    element,
    id: 'office-script',
    label: translate('FEEL expression'),
    debounce: useService('debounceInput'),
    monospace: true,
    getValue: () => getBusinessObject(element).get('script') ?? '',
    setValue: (value) => modeling.updateProperties(element, { script: value || undefined, scriptFormat: 'feel' }),
  });
}
