// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICourt} from "../../src/interfaces/ICourt.sol";
import {IDealEscrow} from "../../src/interfaces/IDealEscrow.sol";
import {IRandomness} from "../../src/interfaces/IRandomness.sol";
import {CourtHandler} from "./CourtHandler.sol";
import {Usurper} from "./Usurper.sol";

/// @title All the actors, and one more that has nothing: no seat, no signature, no secret. It waits, and makes calls that are
/// anybody's; with them alone it brings every deal to its end.
contract Stranger is Usurper, CourtHandler {
    /// @dev until the seed of a request can be had
    uint256 private constant SEED_BLOCKS = 5;
    /// @dev calls that one dispute can need: 20 to draw, and one for each phase
    uint256 private constant MAX_CALLS = 32;

    error Rehearsed(uint256 time, bool hasEnded, string broken);

    /// @notice Seconds in which the stranger promises to end deal `i` from where it stands, as docs/court.md says.
    function boundOf(uint256 i) public view returns (uint256) {
        IDealEscrow.Deal memory deal = _deals[i];
        if (states[i] == IDealEscrow.State.Closed) return 0;
        if (states[i] == IDealEscrow.State.Open) return deal.submitWindow + 1;
        if (states[i] == IDealEscrow.State.Submitted) return deal.reviewWindow + 1;
        return SEED_BLOCKS * BLOCK_SEC + deal.voteWindow + REVEAL_WINDOW + 1 + APPEAL_WINDOW + 1;
    }

    /// @notice Ends deal `i`, and says how long that took.
    function drive(uint256 i) public returns (uint256 time) {
        uint256 start = block.timestamp;
        for (uint256 calls = 0; states[i] != IDealEscrow.State.Closed; ++calls) {
            if (calls == MAX_CALLS) {
                broken = "a deal could not be ended";
                break;
            }
            if (states[i] == IDealEscrow.State.Disputed) _driveDispute(i);
            else _driveDeal(i);
        }
        return block.timestamp - start;
    }

    /// @notice Ends deal `i`, tells how that went, and undoes it; the caller turns back the clock.
    function rehearse(uint256 i) external {
        uint256 time = drive(i);
        revert Rehearsed(time, states[i] == IDealEscrow.State.Closed, broken);
    }

    function driveAll() external {
        while (_live.length != 0 && bytes(broken).length == 0) {
            drive(_live[_live.length - 1]);
        }
    }

    function _driveDeal(uint256 i) private {
        _waitUntil(deadlines[i] + 1);
        if (states[i] == IDealEscrow.State.Open) {
            if (_call(abi.encodeCall(IDealEscrow.timeoutSubmit, (_deals[i])))) _ended(i, 0);
        } else if (_call(abi.encodeCall(IDealEscrow.claim, (_deals[i], _submitted[i])))) {
            _ended(i, _submitted[i].charge + _deals[i].collateral);
        }
    }

    function _driveDispute(uint256 i) private {
        ICourt.Dispute memory d = _seen[i];
        if (d.phase == ICourt.Phase.Drawing) {
            _driveDrawing(i, d);
            return;
        }
        // a vote window ends by itself, and the window for reveals begins with that
        _waitUntil(d.deadline + (d.phase == ICourt.Phase.Voting ? REVEAL_WINDOW : 0) + 1);
        if (d.phase == ICourt.Phase.Judged) _finish(i);
        else _tally(i);
    }

    function _driveDrawing(uint256 i, ICourt.Dispute memory d) private {
        if (d.seeded) {
            if (!_draw(i)) _tally(i);
            return;
        }
        (bytes32 ticket,) = court.evidenceOf(idOf(_deals[i]));
        (IRandomness.Status status,) = IRandomness(court.randomness()).seedOf(uint256(ticket));
        if (status == IRandomness.Status.Pending) _pass(BLOCK_SEC);
        else if (status == IRandomness.Status.Ready) _draw(i);
        else if (!_rearm(i)) _tally(i);
    }
}
