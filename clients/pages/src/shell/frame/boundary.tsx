import { Component, type ReactNode } from 'react';
import { shellWords } from '../words.ts';

interface Props {
  readonly children?: ReactNode;
}

/** Keeps a failure of one part from taking the page with it. */
export class Boundary extends Component<Props, { readonly error?: Error }> {
  override state: { readonly error?: Error } = {};

  static getDerivedStateFromError(error: Error): { readonly error: Error } {
    return { error };
  }

  override componentDidCatch(error: Error): void {
    reportError(error);
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    const say = shellWords();
    return (
      <div className="card" role="alert">
        <p>{say.broken}</p>
        <p className="muted">{error.message}</p>
        <button type="button" onClick={() => this.setState({} as { readonly error?: Error })}>
          {say.again}
        </button>
      </div>
    );
  }
}
