import { CloseButton, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import styles from "./search-field.module.css";

interface Props {
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** Looks for peers by whatever is known of them. */
export function SearchField({ value, onChange }: Props) {
  return (
    <TextInput
      aria-label="Show only peers that match"
      placeholder="Find a peer"
      size="xs"
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      leftSection={<IconSearch size={14} />}
      rightSection={
        value === "" ? null : <CloseButton size="xs" aria-label="Clear the search" onClick={() => onChange("")} />
      }
      classNames={{ root: styles.field ?? "", input: styles.input ?? "" }}
    />
  );
}
