import chinese from '../texts/bpmn-zh.json';
import { filled, language } from '../lib/texts.js';

/** Texts that the designer asked for and the dictionary does not have; a test wants it empty. */
export const missing = new Set();

export const translateModule = { translate: ['value', translate] };

// Where the library speaks of another engine's expressions.
const ENGLISH = {
  'The due date as an EL expression (e.g. ${someDate}) or an ISO date (e.g. 2015-06-26T09:54:00).': 'A FEEL expression, or an ISO date (such as 2026-09-30).',
};

// Messages into which bpmnlint has already written a name.
const WRITTEN = [
  [/^Link (throw|catch) event with link name <(.*)> missing in scope$/, (_, side, name) => `本层缺少名为“${name}”的链接${side === 'throw' ? '抛出' : '捕获'}事件`],
  [/^Duplicate link catch event with link name <(.*)> in scope$/, (_, name) => `本层有多个名为“${name}”的链接捕获事件`],
  [/^Element type <(.*)> is discouraged$/, (_, type) => `引擎不执行这种元素（${type}）`],
  [/^Set animation speed = (\w+)$/, (_, speed) => `演示速度：${{ Slow: '慢', Normal: '中', Fast: '快' }[speed]}`],
  [/^Focus process instance (.*)$/, (_, id) => `只看实例 ${id}`],
];

/** The text in the page's language; names that people gave come through here as well and stay as they are. */
export function translate(template, values = {}) {
  if (language !== 'zh') return filled(ENGLISH[template] ?? template, values);
  return filled(chinese[template] ?? written(template) ?? unknown(template), values);
}

function written(template) {
  for (const [pattern, sentence] of WRITTEN) if (pattern.test(template)) return template.replace(pattern, sentence);
  return undefined;
}

function unknown(template) {
  if (/[A-Za-z]{2}/.test(template) && !/[\u4e00-\u9fff]/.test(template)) missing.add(template);
  return template;
}
