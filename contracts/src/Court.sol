// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Draws} from "./base/Draws.sol";
import {Payouts} from "./base/Payouts.sol";
import {Seats} from "./base/Seats.sol";
import {ICourt} from "./interfaces/ICourt.sol";
import {IDealEscrow} from "./interfaces/IDealEscrow.sol";
import {DealHash} from "./libraries/DealHash.sol";
import {Verdict} from "./libraries/Verdict.sol";

/// @title Court of seats drawn by lot. See ICourt and docs/court.md.
/// @dev Whatever a party or a seat does or leaves undone, the clock or anybody's call leads on: an unseeded round is re-armed, an
/// undrawable one is dropped, a vote window ends by itself, `tally` and `finish` need nobody's word. Every loop is bounded by
/// MAX_PROBES or by the members, of which a round has at most twice its size.
contract Court is Draws, Payouts {
    using DealHash for IDealEscrow.Deal;
    using DealHash for IDealEscrow.Result;

    uint256 private constant LAST_ROUND = 2;
    uint256 private constant MAX_WINDOW = 30 days;

    uint256 private immutable _revealWindow;
    uint256 private immutable _appealWindow;

    mapping(bytes32 deal => Dispute) private _disputes;
    mapping(bytes32 deal => bytes32) private _digests; // the provider's, revealed

    /// @param escrow_ may be deployed later, by then with this court's address
    constructor(address escrow_, address randomness_, Settings memory settings_)
        Seats(escrow_, settings_)
        Draws(randomness_)
    {
        _checkSetting(randomness_.code.length, 1, type(uint256).max);
        _checkSetting(settings_.seatStake, 1, type(uint96).max);
        _checkSetting(settings_.revealWindow, 1, MAX_WINDOW);
        _checkSetting(settings_.appealWindow, 1, MAX_WINDOW);
        _checkSetting(settings_.activation, 0, MAX_WINDOW);
        _checkSetting(settings_.exitDelay, 1, MAX_WINDOW);
        _revealWindow = settings_.revealWindow;
        _appealWindow = settings_.appealWindow;
    }

    // ---- drawing

    /// @inheritdoc ICourt
    function begin(bytes32 deal) external {
        if (msg.sender != address(escrow)) revert NotEscrow(msg.sender);
        Dispute storage d = _disputes[deal];
        (d.seatCount, d.challengedAt) = (uint32(_seatCount), uint40(block.timestamp));
        _arm(deal, d, 0);
    }

    /// @inheritdoc ICourt
    function rearm(bytes32 deal) external {
        Dispute storage d = _inPhase(deal, Phase.Drawing);
        if (d.seeded || !_isMissed(deal)) revert SeedNotMissed(deal, uint256(_seeds[deal]));
        if (d.rearms == MAX_REARMS) revert TooManyRearms(deal, MAX_REARMS);
        ++d.rearms;
        _newTicket(deal, d.round);
    }

    /// @inheritdoc ICourt
    function draw(IDealEscrow.Deal calldata deal) external {
        bytes32 id = deal.ofDeal();
        Dispute memory d = _inPhase(id, Phase.Drawing);
        uint256 size = Verdict.sizeOf(d.round);
        if (!d.seeded) {
            _seed(id);
            // probes need nobody's leave, so a window as for reveals is plenty
            (d.seeded, d.deadline) = (true, uint40(block.timestamp + _revealWindow));
        }
        _notAfter(d.deadline);
        if (_isExhausted(d, size)) revert NothingToDraw(id);
        _probe(id, d, deal, size, MAX_PROBES_A_CALL);
        if (d.seated == size) {
            (d.phase, d.deadline) = (Phase.Voting, uint40(block.timestamp + deal.voteWindow));
            emit VotingBegan(id, d.round, d.deadline);
        }
        _disputes[id] = d;
    }

    // ---- voting

    /// @inheritdoc ICourt
    function commit(bytes32 deal, uint256 member, bytes26 vote) external {
        Dispute storage d = _inPhase(deal, Phase.Voting);
        _notAfter(d.deadline);
        Member storage m = _ownMember(deal, d, member, Standing.Drawn);
        (m.standing, m.vote) = (Standing.Committed, vote);
        emit Committed(deal, member);
        if (++d.committed == Verdict.sizeOf(d.round)) _moveOn(d, Phase.Revealing, block.timestamp + _revealWindow);
    }

    /// @inheritdoc ICourt
    function decline(IDealEscrow.Deal calldata deal, uint256 member) external {
        bytes32 id = deal.ofDeal();
        Dispute memory d = _inPhase(id, Phase.Voting);
        // so that the replacement has two thirds of the window
        _notAfter(d.deadline - (2 * deal.voteWindow) / 3);
        Member storage m = _ownMember(id, _disputes[id], member, Standing.Drawn);
        m.standing = Standing.Declined;
        Seat storage seat = _seats[m.seat];
        seat.stake -= uint96(deal.seatFee);
        seat.risk -= uint96(RISK_FEES * deal.seatFee);
        emit SeatSlashed(id, m.seat, msg.sender, deal.seatFee);
        emit Declined(id, member);
        // a round must stay whole: the fees of a larger one are covered by what wrong and absent seats of this one lose
        uint256 size = Verdict.sizeOf(d.round);
        --d.seated;
        _probe(id, d, deal, size, MAX_PROBES);
        if (d.seated != size) revert NothingToDraw(id);
        _disputes[id] = d;
    }

    // ---- revealing

    /// @inheritdoc ICourt
    function reveal(bytes32 deal, uint256 member, bytes32 digest, bool orTimeout, bytes32 salt) external {
        Dispute storage d = _revealing(deal);
        Member storage m = _ownMember(deal, d, member, Standing.Committed);
        bytes26 shortDigest = bytes26(digest);
        bytes26 expected = bytes26(voteHash(deal, d.round, m.seat, digest, orTimeout, salt));
        if (m.vote != expected || shortDigest == 0) revert WrongReveal(deal);
        (m.standing, m.vote) = (orTimeout ? Standing.RevealedOrTimeout : Standing.Revealed, shortDigest);
        ++d.revealed;
        emit Revealed(deal, member, digest, orTimeout);
        _judgeIfComplete(deal, d);
    }

    /// @inheritdoc ICourt
    function revealCommitment(IDealEscrow.Result calldata result, bytes32 digest, bytes32 salt) external {
        bytes32 id = result.deal;
        Dispute storage d = _revealing(id);
        (,, bytes32 submitted) = escrow.statusOf(id);
        bool fits = result.ofResult() == submitted && keccak256(abi.encode(id, digest, salt)) == result.commitment;
        if (!fits || bytes26(digest) == 0 || _digests[id] != 0) revert WrongReveal(id);
        _digests[id] = digest;
        emit CommitmentRevealed(id, digest);
        _judgeIfComplete(id, d);
    }

    // ---- judging

    /// @inheritdoc ICourt
    function tally(IDealEscrow.Deal calldata deal) external {
        bytes32 id = deal.ofDeal();
        Dispute storage d = _disputes[id];
        if (d.phase == Phase.Drawing) return _dropRound(id, d, deal.seatFee);
        _endVoting(d);
        if (d.phase != Phase.Revealing) revert WrongPhase(id, d.phase);
        _after(d.deadline);
        _judge(id, d);
    }

    /// @inheritdoc ICourt
    function appeal(IDealEscrow.Deal calldata deal, uint256 opens) external {
        bytes32 id = deal.ofDeal();
        Dispute storage d = _inPhase(id, Phase.Judged);
        if (d.deadline == 0) revert LastRound(id);
        _notAfter(d.deadline);
        uint8 round = d.round + 1;
        // a transaction that was stuck for a round would be an appeal for the other side
        if (opens != round) revert WrongRound(id, round);
        bool forCreator = !d.providerWrong;
        uint256 deposit = Verdict.sizeOf(round) * deal.seatFee;
        escrow.collect(msg.sender, deposit);
        _appeals[id][round] = Deposit(msg.sender, forCreator);
        emit Appealed(id, round, msg.sender, forCreator, deposit);
        (d.round, d.first) = (round, d.members);
        (d.seated, d.committed, d.revealed) = (0, 0, 0);
        (d.rearms, d.cursor, d.seeded) = (0, 0, false);
        _arm(id, d, round);
    }

    /// @inheritdoc ICourt
    function finish(IDealEscrow.Deal calldata deal, IDealEscrow.Result calldata result) external {
        bytes32 id = deal.ofDeal();
        Dispute storage d = _inPhase(id, Phase.Judged);
        _after(d.deadline);
        Outcome memory o = Outcome(d.round, d.providerWrong, bytes26(_digests[id]), _membersFrom(id, 0, d.members));
        for (uint256 i = 0; i < o.members.length; ++i) {
            delete _members[id][i];
        }
        delete _disputes[id];
        delete _seeds[id];
        delete _digests[id];
        _payOut(deal, result, o);
    }

    // ---- views

    /// @inheritdoc ICourt
    function voteHash(bytes32 deal, uint256 round, uint256 seat, bytes32 digest, bool orTimeout, bytes32 salt)
        public
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(deal, round, seat, digest, orTimeout, salt));
    }

    /// @inheritdoc ICourt
    function disputeOf(bytes32 deal) external view returns (Dispute memory) {
        return _disputes[deal];
    }

    /// @inheritdoc ICourt
    function evidenceOf(bytes32 deal) external view returns (bytes32 ticketOrSeed, bytes32 digest) {
        return (_seeds[deal], _digests[deal]);
    }

    /// @inheritdoc ICourt
    function memberOf(bytes32 deal, uint256 member) external view returns (Member memory) {
        return _members[deal][member];
    }

    /// @inheritdoc ICourt
    function membersOf(bytes32 deal) external view returns (Member[] memory) {
        return _membersFrom(deal, 0, _disputes[deal].members);
    }

    /// @inheritdoc ICourt
    function settings() external view returns (Settings memory) {
        return Settings(_seatStake, _revealWindow, _appealWindow, _activation, _exitDelay);
    }

    // ---- steps of a round

    function _arm(bytes32 id, Dispute storage d, uint256 round) private {
        // fewer positions than members can never be drawn
        uint256 needed = d.members + Verdict.sizeOf(round);
        if (d.seatCount < needed) revert NotEnoughSeats(d.seatCount, needed);
        d.roundAt = uint40(block.timestamp);
        _moveOn(d, Phase.Drawing, 0);
        _newTicket(id, round);
    }

    function _moveOn(Dispute storage d, Phase phase, uint256 deadline) private {
        (d.phase, d.deadline) = (phase, uint40(deadline));
    }

    /// @dev A vote window ends by itself; nobody has to say so.
    function _endVoting(Dispute storage d) private {
        if (d.phase != Phase.Voting || block.timestamp <= d.deadline) return;
        _moveOn(d, Phase.Revealing, d.deadline + _revealWindow);
    }

    function _revealing(bytes32 id) private returns (Dispute storage d) {
        d = _disputes[id];
        _endVoting(d);
        if (d.phase != Phase.Revealing) revert WrongPhase(id, d.phase);
        _notAfter(d.deadline);
    }

    /// @dev With everything on the table there is nothing to wait for.
    function _judgeIfComplete(bytes32 id, Dispute storage d) private {
        if (d.revealed == d.committed && _digests[id] != 0) _judge(id, d);
    }

    function _judge(bytes32 id, Dispute storage d) private {
        uint256 round = d.round;
        bytes26 given = bytes26(_digests[id]);
        Member[] memory members = _membersFrom(id, d.first, d.members);
        bool providerWrong = Verdict.isProviderWrong(Verdict.majorityOf(members, round, given), given);
        // a provider that did not open its commitment has lost for good: opened in an appeal, it would win it, and the right seats
        // of two rounds would share the fees of one
        uint256 appealBy = given == 0 || round == LAST_ROUND ? 0 : block.timestamp + _appealWindow;
        d.providerWrong = providerWrong;
        _moveOn(d, Phase.Judged, appealBy);
        emit Judged(id, round, providerWrong, appealBy);
    }

    /// @dev A round without its seats: the verdict before it stands, at first that the provider is right.
    function _dropRound(bytes32 id, Dispute storage d, uint256 seatFee) private {
        uint256 round = d.round;
        uint256 size = Verdict.sizeOf(round);
        if (d.seeded) {
            if (!_isExhausted(d, size)) _after(d.deadline);
        } else if (d.rearms != MAX_REARMS || !_isMissed(id)) {
            revert WrongPhase(id, d.phase);
        }
        uint256 members = d.members;
        for (uint256 i = d.first; i < members; ++i) {
            Member storage m = _members[id][i];
            m.standing = Standing.Excused;
            _seats[m.seat].risk -= uint96(RISK_FEES * seatFee);
        }
        _moveOn(d, Phase.Judged, 0);
        emit Undrawn(id, round);
        if (round == 0) return;
        address payer = _appeals[id][round].payer;
        delete _appeals[id][round];
        escrow.pay(payer, size * seatFee);
    }

    // ---- checks

    function _inPhase(bytes32 id, Phase wanted) private view returns (Dispute storage d) {
        d = _disputes[id];
        if (d.phase != wanted) revert WrongPhase(id, d.phase);
    }

    /// @dev Of this round, the caller's, and standing as it must.
    function _ownMember(bytes32 id, Dispute storage d, uint256 index, Standing wanted)
        private
        view
        returns (Member storage m)
    {
        m = _members[id][index];
        if (index < d.first || m.standing != wanted) revert WrongStanding(id, index, m.standing);
        if (_seats[m.seat].owner != msg.sender) revert NotSeatOwner(m.seat, msg.sender);
    }

    function _checkSetting(uint256 value, uint256 min, uint256 max) private pure {
        if (value < min || value > max) revert BadSettings(value, min, max);
    }

    function _notAfter(uint256 deadline) private view {
        if (block.timestamp > deadline) revert IDealEscrow.TooLate(deadline, block.timestamp);
    }

    function _after(uint256 deadline) private view {
        if (block.timestamp <= deadline) revert IDealEscrow.TooEarly(deadline + 1, block.timestamp);
    }
}
