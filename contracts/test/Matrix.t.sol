// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IDealEscrow} from "../src/interfaces/IDealEscrow.sol";
import {CourtTest} from "./base/CourtTest.sol";
import {RuleTable} from "./base/RuleTable.sol";

/// @title Every call of a deal, in every situation of it, by every kind of caller, before, at and after the deadline that runs.
/// @notice tables/escrow.json is the whole rule book. What it does not name must fail and change nothing.
contract MatrixTest is CourtTest, RuleTable {
    enum Call {
        Open,
        OpenAndSettle,
        Submit,
        SubmitSigned,
        Forfeit,
        TimeoutSubmit,
        Settle,
        SettleOther, // a Result that the creator signed and the provider did not submit
        Claim,
        Close,
        Challenge,
        ChallengeSigned,
        Resolve,
        Collect,
        Pay
    }
    /// @dev Four phases of a dispute; the eight ways in which a deal can be over come last.
    enum Situation {
        None,
        Open,
        Submitted,
        Drawing,
        Voting,
        Revealing,
        Judged,
        Burned,
        Settled,
        SettledAtOnce,
        Claimed,
        Forfeited,
        TimedOut,
        ClosedByBoth,
        Finished
    }

    string[15] private _rows = [
        "open",
        "openAndSettle",
        "submit",
        "submit, signed",
        "forfeit",
        "timeoutSubmit",
        "settle",
        "settle, another Result",
        "claim",
        "close",
        "challenge",
        "challenge, signed",
        "resolve",
        "collect",
        "pay"
    ];
    string[4] private _roles = ["creator", "provider", "court", "stranger"];

    uint256 private constant OTHER_CHARGE = 1 ether;
    uint256 private constant SPLIT = 7 ether;
    uint256 private _nonce;
    uint256 private _deadline;

    function firstSeats() internal pure override returns (uint256) {
        return 3;
    }

    function setUp() public override {
        super.setUp();
        loadTable("escrow");
    }

    function test_matrix_none() public {
        _column(Situation.None);
    }

    function test_matrix_open() public {
        _column(Situation.Open);
    }

    function test_matrix_submitted() public {
        _column(Situation.Submitted);
    }

    function test_matrix_disputed() public {
        for (uint256 s = uint256(Situation.Drawing); s <= uint256(Situation.Judged); ++s) {
            _column(Situation(s));
        }
    }

    function test_matrix_ended() public {
        for (uint256 s = uint256(Situation.Burned); s <= uint256(type(Situation).max); ++s) {
            _column(Situation(s));
        }
    }

    function _column(Situation situation) private {
        _arrange(situation);
        for (uint256 c = 0; c <= uint256(type(Call).max); ++c) {
            for (uint256 w = 0; w < _roles.length; ++w) {
                for (uint256 t = 0; t <= uint256(type(When).max); ++t) {
                    uint256 snapshot = vm.snapshotState();
                    _cell(Call(c), situation, w, When(t));
                    vm.revertToState(snapshot);
                }
            }
        }
    }

    function _cell(Call call, Situation situation, uint256 who, When when) private {
        vm.warp(when == When.Before ? _deadline - 1 : when == When.At ? _deadline : _deadline + 1);
        uint256 ofCreator = escrow.freeOf(creator);
        uint256 ofProvider = escrow.freeOf(provider);
        bytes memory data = _encode(call);
        vm.prank([creator, provider, address(theCourt), stranger][who]);
        (bool success, bytes memory answer) = address(escrow).call(data);

        string memory cell = string.concat(_rows[uint256(call)], " by ", _roles[who], ", ", nameOf(when));
        bytes4 expected = ruleFor(_rows[uint256(call)], _columnOf(situation), _roles[who], when);
        if (expected == 0) {
            assertTrue(success, cell);
            _assertEffect(call, situation, ofCreator, ofProvider);
        } else {
            assertTrue(!success, cell);
            assertEq(bytes32(bytes4(answer)), bytes32(expected), cell);
            assertEq(escrow.freeOf(creator), ofCreator, cell);
            assertEq(escrow.freeOf(provider), ofProvider, cell);
        }
    }

    function _columnOf(Situation situation) private pure returns (string memory) {
        if (situation == Situation.None) return "none";
        if (situation == Situation.Open) return "open";
        if (situation == Situation.Submitted) return "submitted";
        return situation < Situation.Burned ? "disputed" : "ended";
    }

    /// @dev What a successful call does to the two free balances and to the state.
    function _assertEffect(Call call, Situation situation, uint256 ofCreator, uint256 ofProvider) private view {
        uint256 price = deal.price;
        uint256 collateral = deal.collateral;
        if (call == Call.Open) {
            _assertNow(IDealEscrow.State.Open, ofCreator - price, ofProvider - collateral);
        } else if (call == Call.Submit || call == Call.SubmitSigned) {
            _assertNow(IDealEscrow.State.Submitted, ofCreator, ofProvider);
        } else if (call == Call.Challenge || call == Call.ChallengeSigned) {
            _assertNow(IDealEscrow.State.Disputed, ofCreator - 3 * FEE, ofProvider);
        } else if (call == Call.Collect) {
            assertEq(escrow.freeOf(creator), ofCreator - 1, "collected");
        } else if (call == Call.Pay) {
            assertEq(escrow.freeOf(provider), ofProvider + 1, "paid");
        } else {
            uint256 toProvider = PRICE + collateral;
            if (call == Call.SettleOther) toProvider = OTHER_CHARGE + collateral;
            if (call == Call.Forfeit) toProvider = collateral - collateral / 4;
            if (call == Call.TimeoutSubmit) toProvider = 0;
            if (call == Call.Close) toProvider = SPLIT;
            if (situation == Situation.None) (ofCreator, ofProvider) = (ofCreator - price, ofProvider - collateral);
            uint256 toCreator = price + collateral - toProvider;
            _assertNow(IDealEscrow.State.Closed, ofCreator + toCreator, ofProvider + toProvider);
            (IDealEscrow.State state, uint64 deadline, bytes32 resultHash) = escrow.statusOf(id);
            assertTrue(state == IDealEscrow.State.None && deadline == 0 && resultHash == 0, "record deleted");
        }
    }

    function _assertNow(IDealEscrow.State state, uint256 ofCreator, uint256 ofProvider) private view {
        assertState(deal, state);
        assertEq(escrow.freeOf(creator), ofCreator, "creator");
        assertEq(escrow.freeOf(provider), ofProvider, "provider");
    }

    /// @dev A deal in the situation, and the deadline that runs in it or was the last to run.
    function _arrange(Situation situation) private {
        IDealEscrow.Deal memory terms = committeeDeal(++_nonce);
        (deal, id, given) = (terms, idOf(terms), RIGHT);
        result = IDealEscrow.Result(id, keccak256(abi.encode(id, RIGHT, SALT)), keccak256("manifest"), PRICE);
        _deadline = terms.openBefore;
        if (situation == Situation.Burned) {
            vm.prank(creator);
            escrow.burn(terms.nonce);
        }
        if (situation == Situation.SettledAtOnce) _act(Call.OpenAndSettle);
        if (situation == Situation.None || situation == Situation.Burned || situation == Situation.SettledAtOnce) {
            return;
        }
        open(terms);
        _deadline = block.timestamp + terms.submitWindow;
        if (situation == Situation.Settled) _act(Call.Settle);
        if (situation == Situation.Forfeited) _act(Call.Forfeit);
        if (situation == Situation.ClosedByBoth) _act(Call.Close);
        if (situation == Situation.TimedOut) {
            vm.warp(_deadline + 1);
            _act(Call.TimeoutSubmit);
        }
        if (_columnIsSubmitted(situation)) _arrangeSubmitted(situation);
    }

    function _columnIsSubmitted(Situation s) private pure returns (bool) {
        return s == Situation.Claimed || s == Situation.Finished || (s >= Situation.Submitted && s <= Situation.Judged);
    }

    function _arrangeSubmitted(Situation situation) private {
        submit(deal, result);
        _deadline = block.timestamp + deal.reviewWindow;
        if (situation == Situation.Submitted) return;
        if (situation == Situation.Claimed) {
            vm.warp(_deadline + 1);
            return _act(Call.Claim);
        }
        challengeDeal();
        if (situation == Situation.Drawing) return;
        drawAll();
        _deadline = theCourt.disputeOf(id).deadline;
        if (situation == Situation.Voting) return;
        if (situation == Situation.Revealing) {
            _deadline += REVEAL_WINDOW;
            return vm.warp(_deadline - 1);
        }
        judgeAll(RIGHT);
        _deadline = theCourt.disputeOf(id).deadline;
        if (situation == Situation.Finished) finish();
    }

    function _act(Call call) private {
        bytes memory data = _encode(call);
        vm.prank(provider);
        (bool success,) = address(escrow).call(data);
        assertTrue(success, "arranged");
    }

    /// @dev The call with everything that can be signed, signed.
    function _encode(Call call) private view returns (bytes memory) {
        IDealEscrow.Deal memory d = deal;
        IDealEscrow.Result memory r = result;
        if (call == Call.Open) {
            return abi.encodeCall(IDealEscrow.open, (d, sign(CREATOR_KEY, d), sign(PROVIDER_KEY, d)));
        }
        if (call == Call.OpenAndSettle) {
            bytes memory byProvider = sign(PROVIDER_KEY, d);
            return
                abi.encodeCall(
                    IDealEscrow.openAndSettle, (d, r, sign(CREATOR_KEY, d), byProvider, sign(CREATOR_KEY, r))
                );
        }
        if (call == Call.Submit) return abi.encodeCall(IDealEscrow.submit, (d, r, ""));
        if (call == Call.SubmitSigned) return abi.encodeCall(IDealEscrow.submit, (d, r, sign(PROVIDER_KEY, r)));
        if (call == Call.Forfeit) return abi.encodeCall(IDealEscrow.forfeit, (d));
        if (call == Call.TimeoutSubmit) return abi.encodeCall(IDealEscrow.timeoutSubmit, (d));
        if (call == Call.SettleOther) r.charge = OTHER_CHARGE;
        if (call == Call.Settle || call == Call.SettleOther) {
            return abi.encodeCall(IDealEscrow.settle, (d, r, sign(CREATOR_KEY, r)));
        }
        if (call == Call.Claim) return abi.encodeCall(IDealEscrow.claim, (d, r));
        if (call == Call.Challenge) return abi.encodeCall(IDealEscrow.challenge, (d, r, ""));
        if (call == Call.ChallengeSigned) {
            return abi.encodeCall(IDealEscrow.challenge, (d, r, sign(CREATOR_KEY, challengeOf(r))));
        }
        if (call == Call.Resolve) return abi.encodeCall(IDealEscrow.resolve, (d, r, true, true));
        if (call == Call.Collect) return abi.encodeCall(IDealEscrow.collect, (creator, 1));
        if (call == Call.Pay) return abi.encodeCall(IDealEscrow.pay, (provider, 1));
        IDealEscrow.Close memory agreed = closeOf(d, SPLIT);
        return abi.encodeCall(IDealEscrow.close, (d, agreed, sign(CREATOR_KEY, agreed), sign(PROVIDER_KEY, agreed)));
    }
}
