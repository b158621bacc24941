/** A style sheet that the bundler puts beside the script that imports it. */
declare module '*.css';
