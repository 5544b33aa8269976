/** Bundles every program of examples/ and bench/ to build/<same path>.mjs. They run the package as built in dist/. */
import { bundle, programs } from './bundle.mjs'

await bundle({ entryPoints: programs(), outdir: 'build' })
