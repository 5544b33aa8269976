/** Colours as CSS variables: every picture and the page define them, once for light and once for dark. */
const light = {
  paper: '#ffffff',
  ink: '#1f2328',
  muted: '#59636e',
  line: '#d1d9e0',
  c0: '#0969da',
  c1: '#bc4c00',
  c2: '#1a7f37',
  c3: '#8250df',
  c4: '#cf222e',
  c5: '#0a7d91',
  c6: '#bf3989',
  c7: '#8a6100',
}
const dark: typeof light = {
  paper: '#14181e',
  ink: '#e6edf3',
  muted: '#9aa4af',
  line: '#343c46',
  c0: '#58a6ff',
  c1: '#f0883e',
  c2: '#56d364',
  c3: '#bc8cff',
  c4: '#ff7b72',
  c5: '#39c5cf',
  c6: '#f778ba',
  c7: '#e3b341',
}

const declarations = (colours: typeof light): string =>
  Object.entries(colours)
    .map(([name, value]) => `--${name}:${value}`)
    .join(';')

/** CSS that defines the colours for the elements that `selector` chooses. */
export const colourRules = (selector: string): string =>
  `${selector}{${declarations(light)}}@media (prefers-color-scheme:dark){${selector}{${declarations(dark)}}}`

/** Of series 0, 1, …; there are eight. */
export const colour = (series: number): string => `var(--c${series % 8})`
export const ink = 'var(--ink)'
export const muted = 'var(--muted)'
export const line = 'var(--line)'
export const paper = 'var(--paper)'
export const font = 'system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans",sans-serif'
