// Lets Node run the sources: they import each other by the names that they have once they are compiled.
import { registerHooks } from 'node:module'

registerHooks({
  resolve: (specifier, context, next) =>
    next(
      context.parentURL?.includes('/node_modules/') ? specifier : specifier.replace(/^(\..*)\.js$/, '$1.ts'),
      context,
    ),
})
