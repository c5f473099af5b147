// The examples in GraphiQL's side bar, so that one that was edited or closed can be had again.
import { type GraphiQLPlugin, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { examples } from './examples.ts';

export const examplesPlugin: GraphiQLPlugin = { title: 'Examples', icon: ExamplesIcon, content: Examples };

function Examples() {
  const { addTab } = useGraphiQLActions();
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  const variableEditor = useGraphiQL((state) => state.variableEditor);
  return (
    <section className="examples" aria-label="Examples">
      <h1>Examples</h1>
      <p>Each opens in a tab of its own and runs as it is.</p>
      <ul>
        {examples.map(({ name, about, query, variables }) => (
          <li key={name}>
            <button
              type="button"
              onClick={() => {
                addTab();
                queryEditor?.setValue(query);
                variableEditor?.setValue(variables ?? '');
              }}
            >
              {name}
            </button>
            <p>{about}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function ExamplesIcon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d="M9 3h6M10 3v6L4.6 18.2A2 2 0 0 0 6.3 21h11.4a2 2 0 0 0 1.7-2.8L14 9V3M7.5 15h9" />
    </svg>
  );
}
