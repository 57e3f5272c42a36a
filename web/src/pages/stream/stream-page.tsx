import { useCaller } from '../../api/caller';
import { useMayOperate } from '../../api/consumers';
import { authMode, useSession } from '../../api/session';
import { m } from '../../i18n/i18n';
import { Failure, Loading } from '../../ui/states';
import { Title } from '../../ui/title';
import { Consumers } from './consumers';
import { DeadLetters } from './dead-letters';
import { Life } from './life';
import { MostWanted } from './most-wanted';
import { Rate } from './rate';
import './stream.css';

/** The stream as it flows, who reads it, and the life of one book. For analysts and staff. */
export default function StreamPage() {
  const { token } = useSession();
  const mayOperate = useMayOperate();
  const { error } = useCaller();
  const isSignedOut = authMode !== 'none' && !token;
  return (
    <>
      <Title text={m.stream.title} />
      {isSignedOut ? (
        <p class="notice">{m.common.signInFirst}</p>
      ) : mayOperate === false ? (
        <p class="notice">{m.stream.forAnalysts}</p>
      ) : mayOperate === undefined ? (
        error ? (
          <Failure error={error} />
        ) : (
          <Loading />
        )
      ) : (
        <div key={token} class="wide">
          <Rate />
          <div class="columns">
            <MostWanted />
            <Consumers />
          </div>
          <Life />
          <DeadLetters />
        </div>
      )}
    </>
  );
}
