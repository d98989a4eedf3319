// ECharts, with only the parts in use; fetched when the first chart is drawn.
import { BarChart, CustomChart, HeatmapChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, MarkLineComponent, MarkPointComponent, TooltipComponent, VisualMapComponent } from 'echarts/components';
import { init, use, type EChartsType } from 'echarts/core';
import { LabelLayout } from 'echarts/features';
import { CanvasRenderer, SVGRenderer } from 'echarts/renderers';
import type { Column, Cell, View } from '../lib/types';
import { options } from './options';
import { read } from './read';

use([
  BarChart, CustomChart, HeatmapChart, LineChart, GridComponent, LegendComponent, MarkLineComponent, MarkPointComponent,
  TooltipComponent, VisualMapComponent, LabelLayout, CanvasRenderer, SVGRenderer,
]);

export interface Drawing {
  draw: (view: View, columns: Column[], rows: Cell[][]) => void;
  /** Called with the name of a bar when it is clicked; null: bars lead nowhere. */
  onBar: (choose: ((name: string) => void) | null) => void;
  dispose: () => void;
}

export function drawing(element: HTMLElement): Drawing {
  const chart: EChartsType = init(element, null, { renderer: 'canvas' });
  let redraw: (() => void) | null = null;
  let pending = 0;
  const observer = new ResizeObserver(() => {
    cancelAnimationFrame(pending);
    pending = requestAnimationFrame(() => {
      chart.resize();
      redraw?.();
    });
  });
  observer.observe(element);
  let choose: ((name: string) => void) | null = null;
  chart.on('click', (event) => {
    if (event.seriesType === 'bar' && event.name) choose?.(event.name);
  });
  return {
    onBar(chosen) {
      choose = chosen;
    },
    draw(view, columns, rows) {
      const reading = read(view, columns, rows);
      redraw = () => chart.setOption(options(view, reading, { width: element.clientWidth, moving: true }), { notMerge: true });
      redraw();
    },
    dispose() {
      cancelAnimationFrame(pending);
      observer.disconnect();
      chart.dispose();
    },
  };
}

const picture = { width: 960, height: 480 };

function still(element: HTMLElement | null, renderer: 'svg' | 'canvas', view: View, columns: Column[], rows: Cell[][]): EChartsType {
  const chart = init(element, null, { renderer, ssr: renderer === 'svg', ...picture });
  chart.setOption({
    ...options(view, read(view, columns, rows), { width: picture.width, moving: false }),
    backgroundColor: getComputedStyle(document.documentElement).getPropertyValue('--surface').trim(),
  });
  return chart;
}

export function asSvg(view: View, columns: Column[], rows: Cell[][]): Blob {
  const chart = still(null, 'svg', view, columns, rows);
  const text = chart.renderToSVGString();
  chart.dispose();
  return new Blob([text], { type: 'image/svg+xml' });
}

export async function asPng(view: View, columns: Column[], rows: Cell[][]): Promise<Blob> {
  const chart = still(document.createElement('div'), 'canvas', view, columns, rows);
  const canvas = chart.renderToCanvas({ pixelRatio: 2 });
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'));
  chart.dispose();
  if (!blob) throw new Error('PNG');
  return blob;
}
