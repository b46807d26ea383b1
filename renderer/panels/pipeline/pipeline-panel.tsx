// The way of the log, from left to right: read, kept, understood, sent. Whatever is stuck says so where it is stuck.
import type { Panel } from "../panel.ts";
import { GrinderStage } from "./grinder-stage.tsx";
import styles from "./pipeline-panel.module.css";
import { SourcesStage } from "./sources-stage.tsx";
import { SpoolStage } from "./spool-stage.tsx";
import { UploadStage } from "./upload-stage.tsx";

export const pipelinePanel: Panel = { name: "pipeline", title: "Pipeline", area: "strip", Component: PipelinePanel };

function PipelinePanel() {
  return (
    <section className={styles.strip} aria-label="Pipeline">
      <SourcesStage />
      <SpoolStage />
      <GrinderStage />
      <UploadStage />
    </section>
  );
}
