import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import 'bpmn-js/dist/assets/bpmn-font/css/bpmn.css';
import '@bpmn-io/properties-panel/dist/assets/properties-panel.css';
import 'bpmn-js-element-templates/dist/assets/element-templates.css';
import '@bpmn-io/element-template-chooser/dist/element-template-chooser.css';
import 'diagram-js-minimap/assets/diagram-js-minimap.css';
import 'bpmn-js-bpmnlint/dist/assets/css/bpmn-js-bpmnlint.css';
import 'bpmn-js-token-simulation/assets/css/bpmn-js-token-simulation.css';
import 'bpmn-js-color-picker/colors/color-picker.css';
import './panel.css';
import ElementTemplateChooser from '@bpmn-io/element-template-chooser';
import BpmnModeler from 'bpmn-js/lib/Modeler';
import lintModule from 'bpmn-js-bpmnlint';
import colourPicker from 'bpmn-js-color-picker';
import { CreateAppendAnythingModule, CreateAppendElementTemplatesModule } from 'bpmn-js-create-append-anything';
import { ElementTemplatesPropertiesProviderModule } from 'bpmn-js-element-templates';
import { BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, CamundaPlatformPropertiesProviderModule } from 'bpmn-js-properties-panel';
import tokenSimulation from 'bpmn-js-token-simulation';
import CamundaBehaviors from 'camunda-bpmn-js-behaviors/lib/camunda-platform';
import camunda from 'camunda-bpmn-moddle/resources/camunda.json';
import gridModule from 'diagram-js-grid';
import minimapModule from 'diagram-js-minimap';
import * as lint from './lint.js';
import { officeProperties } from './properties.js';
import { translateModule } from './translate.js';

/** Room for the palette when the drawing is fitted into the canvas. */
export const BESIDE_PALETTE = { left: 116, margin: 24 };

/** The modeler with everything on, drawn into `canvas` and `properties`; `known` are the names offered in the panel. */
export function buildModeler({ canvas, properties, known }) {
  return new BpmnModeler({
    container: canvas,
    propertiesPanel: { parent: properties },
    moddleExtensions: { camunda },
    linting: { bpmnlint: lint, active: true },
    officeProperties: known,
    additionalModules: [
      BpmnPropertiesPanelModule,
      BpmnPropertiesProviderModule,
      CamundaPlatformPropertiesProviderModule,
      CamundaBehaviors,
      ElementTemplatesPropertiesProviderModule,
      ElementTemplateChooser,
      CreateAppendAnythingModule,
      CreateAppendElementTemplatesModule,
      minimapModule,
      gridModule,
      colourPicker,
      lintModule,
      tokenSimulation,
      officeProperties,
      translateModule,
    ],
  });
}
